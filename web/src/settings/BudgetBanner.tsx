import { IconAlertTriangle } from "@tabler/icons-react";
import { Link, useLocation } from "react-router";
import { useI18n } from "../i18n/i18n";
import { useMay, useSignedIn } from "../session/SessionContext";
import { useSpending, type Spending } from "./spending";
import classes from "./Settings.module.css";

const telling: readonly Spending["state"][] = ["near", "drafts_stopped", "spent"];

/** Tells owners and admins, on every page, that the month's AI budget is nearly or wholly used up. */
export function BudgetBanner() {
  const { t } = useI18n();
  const may = useMay();
  const { ai } = useSignedIn().session;
  const { pathname } = useLocation();
  const state = useSpending(undefined, may.manage && ai.mode === "model").data?.state;
  if (!state || !telling.includes(state) || pathname === "/settings") return null;
  return (
    <div className={classes.banner} role="status" data-testid="budget-banner">
      <IconAlertTriangle size={16} aria-hidden /> <span>{t(`spending.state.${state}`)}</span> <Link to="/settings#ai">{t("spending.banner.see")}</Link>
    </div>
  );
}
