import { Outlet } from "react-router";
import { ComposeProvider } from "../compose/ComposeProvider";
import { useI18n } from "../i18n/i18n";
import classes from "./Frame.module.css";
import { BudgetBanner } from "../settings/BudgetBanner";
import { Navigation } from "./Navigation";

/** What stands around every page: the navigation, at the side or, on a phone, at the bottom. */
export function Frame() {
  const { t } = useI18n();
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">{t("app.skip")}</a>
      <ComposeProvider>
        <Navigation />
        <main id="content" className={classes.content} tabIndex={-1}>
          <BudgetBanner />
          <Outlet />
        </main>
      </ComposeProvider>
    </div>
  );
}
