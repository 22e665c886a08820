import { Alert, Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconSend } from "@tabler/icons-react";
import { useState } from "react";
import type { Key } from "../i18n/catalogue";
import { explain } from "../api/problem";
import type { Schema } from "../api/client";
import { useI18n } from "../i18n/i18n";
import { Envelope } from "../reply/Envelope";
import { Findings } from "../reply/Findings";
import { MarkedText } from "../reply/MarkedText";
import preview from "../reply/Preview.module.css";
import { obstacleOf, type Obstacle } from "../reply/send";
import { useStores } from "../session/stores";
import classes from "./Compose.module.css";
import { useMailPreview, useSendMail, type MailPreview, type SentMail } from "./mail";

interface Props {
  mail: Schema<"Mail">;
  onBack: () => void;
  onSent: (sent: SentMail) => void;
}

const waits: Readonly<Record<Obstacle, Key>> = {
  block: "preview.wait.block", problem: "preview.wait.problem", reason: "preview.wait.reason", check: "preview.wait.check",
};

/** The last look at a new mail or a forward: who gets it, what it says, what a marketplace would say to it. */
export function MailPreviewStep({ mail, onBack, onSent }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [reasons, setReasons] = useState<ReadonlyMap<string, string>>(new Map());
  const looked = useMailPreview(mail);
  const send = useSendMail();
  const shown = looked.data;
  const obstacle = obstacleOf(shown, reasons);
  const go = () => {
    if (!shown || obstacle || send.isPending) return;
    const warned = new Set(shown.findings.filter((finding) => finding.severity === "warn").map((finding) => finding.rule));
    const confirmed = [...warned].map((rule) => ({ rule, reason: reasons.get(rule)?.trim() ?? "" }));
    send.mutate({ ...mail, subject: shown.subject, text: shown.text, confirmed }, { onSuccess: onSent });
  };
  return (
    <>
      {looked.isPending && <Skeleton height={220} />}
      {looked.isError && <Alert color="red" role="alert" title={t("preview.failed")}>{explain(looked.error, i18n)}</Alert>}
      {shown && <Shown preview={shown} reasons={reasons} onReason={(rule, reason) => setReasons(new Map(reasons).set(rule, reason))} />}
      {send.isError && <Alert color="red" role="alert" mt="sm">{explain(send.error, i18n)}</Alert>}
      <div className={classes.foot}>
        <span className={classes.gap} />
        {obstacle && obstacle !== "check" && <span className={preview.wait} role="status">{t(waits[obstacle])}</span>}
        <Button variant="default" onClick={onBack}>{t("compose.edit")}</Button>
        <Button leftSection={<IconSend size={16} />} disabled={obstacle !== undefined} loading={send.isPending} onClick={go} title={t("preview.send.key")} data-autofocus data-primary data-testid="send">
          {t("preview.send")}
        </Button>
      </div>
    </>
  );
}

interface ShownProps {
  preview: MailPreview;
  reasons: ReadonlyMap<string, string>;
  onReason: (rule: string, reason: string) => void;
}

function Shown({ preview: shown, reasons, onReason }: ShownProps) {
  const { t, maybe, format } = useI18n();
  const stores = useStores();
  const store = shown.store === "own" ? undefined : (stores.find((one) => one.value === shown.store)?.label ?? shown.store);
  return (
    <>
      <Envelope from={shown.from} to={shown.to} cc={shown.cc} bcc={shown.bcc} subject={shown.subject} files={shown.attachments} />
      {store && <p className={classes.small}>{t("compose.store", { store })}</p>}
      <div className={preview.paper} data-testid="preview-text">
        <MarkedText text={shown.text} language={shown.language} findings={shown.findings} amounts={shown.amounts} />
        {shown.appended && <div className={preview.appended}><p dir="auto">{shown.appended}</p></div>}
      </div>
      {shown.problems.map((code) => (
        <p key={code} className={preview.problem} role="alert">
          <IconAlertTriangle size={16} aria-hidden /> {maybe(`problem.${code}`, { language: format.language(shown.language) }) ?? t("problem.other", { code })}
        </p>
      ))}
      <Findings findings={shown.findings} reasons={reasons} onReason={onReason} />
      {store && shown.findings.length === 0 && <p className={preview.clean}><IconCircleCheck size={16} aria-hidden /> {t("preview.clean")}</p>}
    </>
  );
}
