import { Button } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconClock, IconCornerUpLeft, IconMailX, IconSend, type Icon } from "@tabler/icons-react";
import { useI18n, type I18n } from "../i18n/i18n";
import { useNow } from "../inbox/useNow";
import type { Dispatch } from "./conversation";
import classes from "./Message.module.css";

interface Props {
  send: Dispatch;
  onUndo: (() => void) | undefined;
  onRetry: (() => void) | undefined;
  onArrived: (() => void) | undefined;
  busy: boolean;
}

const icons: Readonly<Record<Dispatch["state"], Icon>> = {
  queued: IconClock, sending: IconSend, sent: IconCheck, bounced: IconMailX, failed: IconAlertTriangle, unclear: IconAlertTriangle, cancelled: IconCornerUpLeft,
};
const tones: Readonly<Record<Dispatch["state"], "quiet" | "good" | "bad" | "doubt">> = {
  queued: "quiet", sending: "quiet", sent: "good", bounced: "bad", failed: "bad", unclear: "doubt", cancelled: "quiet",
};

/** Where an outgoing message stands, in words that promise no more than is known. */
export function SendState({ send, onUndo, onRetry, onArrived, busy }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const StateIcon = icons[send.state];
  const now = useNow(send.state === "queued" ? 500 : 60_000);
  const undoable = send.state === "failed" || send.state === "bounced" || (send.state === "queued" && new Date(send.undoUntil).getTime() > now);
  const retryable = send.state === "failed" || send.state === "unclear" || send.state === "bounced";
  const why = whyOf(send, i18n);
  return (
    <div className={classes.send} data-tone={tones[send.state]} data-state={send.state} data-testid="send-state" role="status">
      <StateIcon size={15} aria-hidden />
      <span>{words(send, now, i18n)}</span>
      {why && <span className={classes.why}>{why}</span>}
      {undoable && onUndo && <Button size="compact-xs" variant="light" loading={busy} onClick={onUndo}>{t(send.state === "queued" ? "send.undo" : "send.giveUp")}</Button>}
      {send.state === "unclear" && onArrived && <Button size="compact-xs" variant="light" loading={busy} onClick={onArrived} data-testid="arrived">{t("send.arrived")}</Button>}
      {retryable && onRetry && <Button size="compact-xs" variant="default" loading={busy} onClick={onRetry}>{t("send.retry")}</Button>}
    </div>
  );
}

function words(send: Dispatch, now: number, { t, format }: I18n): string {
  switch (send.state) {
    case "queued": {
      if (send.code) return t("send.waits", { time: format.clock(send.undoUntil) });
      const seconds = Math.ceil((new Date(send.undoUntil).getTime() - now) / 1000);
      return seconds > 0 ? t("send.queued", { seconds }) : t("send.queued.now");
    }
    case "sent":
      if (send.code === "by_hand") return t("send.byHand", { time: send.sentAt ? format.clock(send.sentAt) : "" });
      return sentWords(send, { t, format }) + (send.copied ? ` · ${t("send.copied")}` : "");
    default:
      return t(`send.${send.state}`);
  }
}

/** The detail of a sent message is the name of the server that took it over. */
function sentWords({ detail, sentAt }: Dispatch, { t, format }: Pick<I18n, "t" | "format">): string {
  const time = sentAt ? format.clock(sentAt) : "";
  return detail ? t("send.sent", { detail, time }) : t("send.sent.plain", { time });
}

function whyOf({ state, code, detail }: Dispatch, { t, maybe }: I18n): string | undefined {
  if (state === "unclear") return t("send.unclear.why");
  if (state === "queued" && code) return maybe(`send.waits.${code}`) ?? t("send.waits.other");
  if (state !== "failed" && state !== "bounced") return undefined;
  const known = code && (maybe(`problem.code.${code}`) ?? maybe(`problem.${code}`) ?? maybe(`test.${code}`));
  return [known, detail].filter(Boolean).join(" ") || undefined;
}
