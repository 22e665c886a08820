import { Button } from "@mantine/core";
import { IconMailPause } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { useI18n } from "../i18n/i18n";
import { useMay } from "../session/SessionContext";
import classes from "./Mailbox.module.css";
import type { Mailbox } from "./mailboxes";

const AsideDialog = lazy(() => import("./AsideDialog"));

/** Says on a mailbox's card that mails were set aside, and leads to them. */
export function AsideNotice({ mailbox }: { mailbox: Mailbox }) {
  const { t } = useI18n();
  const may = useMay();
  const [open, setOpen] = useState(false);
  const n = mailbox.aside ?? 0;
  if ((n === 0 && !open) || mailbox.state === "deleting") return null;
  return (
    <div className={classes.state} data-tone="soon" data-testid="aside">
      <span className={classes.stateIcon} aria-hidden><IconMailPause size={15} /></span>
      <div>
        {t("aside.count", { n })}{" "}
        {may.answer && <Button size="compact-xs" variant="default" onClick={() => setOpen(true)}>{t("aside.show")}</Button>}
      </div>
      {open && <Suspense fallback={null}><AsideDialog mailbox={mailbox} onClose={() => setOpen(false)} /></Suspense>}
    </div>
  );
}
