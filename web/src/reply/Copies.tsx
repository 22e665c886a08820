import { Button } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import classes from "../compose/Compose.module.css";
import { useI18n } from "../i18n/i18n";
import type { Beside } from "./keptText";

// Few answers have copies: the field comes when it is asked for.
const RecipientField = lazy(async () => ({ default: (await import("../compose/RecipientField")).RecipientField }));

interface Props {
  beside: Beside;
  onChange: (change: Partial<Beside>) => void;
}

/** Cc and Bcc of an answer; shown when asked for. */
export function Copies({ beside: { cc, bcc }, onChange }: Props) {
  const { t } = useI18n();
  const [asked, setAsked] = useState(false);
  if (!asked && cc.length + bcc.length === 0) {
    return <Button size="compact-xs" variant="subtle" color="gray" onClick={() => setAsked(true)}>{t("compose.copies")}</Button>;
  }
  return (
    <div className={classes.copies}>
      <Suspense>
        <RecipientField label={t("compose.cc")} value={cc} testId="reply-cc" onChange={(next) => onChange({ cc: next })} />
        <RecipientField label={t("compose.bcc")} value={bcc} testId="reply-bcc" onChange={(next) => onChange({ bcc: next })} />
      </Suspense>
    </div>
  );
}
