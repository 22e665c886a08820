import { Button, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconDots, IconPaperclip } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import { toast } from "../app/toast";
import type { Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useClient, useMay, useSignedIn } from "../session/SessionContext";
import { fetchAttachment, save } from "./attachment";
import { useArrived, type Message } from "./conversation";
import { partsOf, type Part } from "./folds";
import { ForwardButton } from "./ForwardButton";
import classes from "./Message.module.css";
import { isForeign, WithTranslation } from "./MessageTranslation";
import { SaveSent } from "../knowledge/SaveReply";
import { Original } from "./Original";
import { SendState } from "./SendState";

interface Props {
  conversation: string;
  message: Message;
  now: number;
  busy: boolean;
  tools?: ReactNode;
  onUndo?: ((message: string) => void) | undefined;
  onRetry?: ((message: string) => void) | undefined;
}

export function MessageView({ conversation, message, now, busy, tools, onUndo, onRetry }: Props) {
  const { t, format, maybe, language } = useI18n();
  const may = useMay();
  const [original, setOriginal] = useState(false);
  const from = useSenderName(message);
  // What was taken back is in the editor again; here a line says so.
  const takenBack = message.send?.state === "cancelled";
  const foreign = message.direction === "in" && isForeign(message.language, language);
  const recipients = message.to.map((one) => one.name ?? one.address ?? "").join(", ");
  const cc = message.cc.map((one) => one.name ?? one.address ?? "").join(", ");
  const bcc = (message.bcc ?? []).map((one) => one.address ?? "").join(", ");
  const arrived = useArrived(conversation);
  return (
    <article className={classes.message} data-direction={message.direction} data-taken-back={takenBack || undefined} data-testid="message" data-id={message.id} aria-label={t("message.label", { from, when: format.exact(message.at) })}>
      <header className={classes.head}>
        <span className={classes.from} title={message.from.address}>{from}</span>
        {recipients && <span className={classes.to} title={message.to.map((one) => one.address).join(", ")}>{t("message.to", { to: recipients })}</span>}
        {cc && <span className={classes.to}>{t("message.cc", { cc })}</span>}
        {bcc && <span className={classes.to}>{t("message.bcc", { bcc })}</span>}
        {message.automatic && <span className={classes.tag}>{maybe(`message.automatic.${message.automatic}`) ?? t("message.automatic.other")}</span>}
        <time className={classes.time} dateTime={message.at} title={format.exact(message.at)}>{format.clock(message.at)} · {format.ago(message.at, now)}</time>
        {tools}
        <ForwardButton conversation={conversation} message={message} />
      </header>
      {message.warnings.map((code) => (
        <p key={code} className={classes.warning}>
          <IconAlertTriangle size={14} aria-hidden /> {maybe(`warning.${code}`) ?? t("warning.other", { code })}
        </p>
      ))}
      {!takenBack && (original ? <Original conversation={conversation} message={message.id} /> : (
        foreign ? <WithTranslation conversation={conversation} message={message.id}><MessageText message={message} /></WithTranslation> : <MessageText message={message} />
      ))}
      {message.attachments.length > 0 && (
        <ul className={classes.attachments}>
          {message.attachments.map((attachment) => (
            <li key={attachment.index}><Attachment conversation={conversation} message={message.id} attachment={attachment} /></li>
          ))}
        </ul>
      )}
      {message.html && (
        <Button size="compact-xs" variant="subtle" color="gray" className={classes.switch ?? ""} onClick={() => setOriginal(!original)}>
          {t(original ? "message.text" : "message.original")}
        </Button>
      )}
      {message.send && !takenBack && may.answer && <SaveSent conversation={conversation} text={ownText(message)} language={message.language} />}
      {message.send && (
        <SendState
          send={message.send} busy={busy || arrived.isPending} onUndo={onUndo && (() => onUndo(message.id))} onRetry={onRetry && (() => onRetry(message.id))}
          onArrived={onRetry && (() => arrived.mutate(message.id))}
        />
      )}
    </article>
  );
}

/** Our own messages carry the name of the colleague, or "you". */
function useSenderName({ direction, from, send }: Message): string {
  const { t } = useI18n();
  const { member } = useSignedIn().session;
  if (direction === "out" && send) return send.by === member.email ? t("message.you") : send.by;
  return from.name ?? from.address ?? t("row.unknownBuyer");
}

/** What was written, without what is folded away. */
function ownText(message: Message): string {
  return partsOf(message.text, message.folds).filter((part) => part.kind === "text").map((part) => part.text).join("\n\n");
}

function MessageText({ message }: { message: Message }) {
  const { t } = useI18n();
  const parts = useMemo(() => partsOf(message.text, message.folds), [message]);
  return (
    <div className={classes.text} lang={message.language || undefined} dir="auto">
      {parts.length === 0 && <p className={classes.none}>{t("message.empty")}</p>}
      {parts.map((part, index) => (part.kind === "text" ? <p key={index}>{part.text}</p> : <Folded key={index} part={part} />))}
    </div>
  );
}

function Folded({ part }: { part: Part }) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const quoted = part.kind === "quoted";
  const label = open ? t(quoted ? "message.hideQuoted" : "message.hideSignature") : t(quoted ? "message.showQuoted" : "message.showSignature");
  return (
    <>
      <UnstyledButton className={classes.fold ?? ""} aria-expanded={open} onClick={() => setOpen(!open)}><IconDots size={14} aria-hidden /> {label}</UnstyledButton>
      {open && <blockquote className={classes.folded}>{part.text}</blockquote>}
    </>
  );
}

interface AttachmentProps {
  conversation: string;
  message: string;
  attachment: Schema<"Attachment">;
}

function Attachment({ conversation, message, attachment }: AttachmentProps) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const client = useClient();
  const size = format.bytes(attachment.size);
  const [share, setShare] = useState(0);
  const download = useMutation({
    mutationFn: () => fetchAttachment(client, { id: conversation, message, index: attachment.index }, setShare),
    onSuccess: (file) => save(file, attachment.name),
    onError: (error) => toast({ message: `${t("attachment.failed")}. ${explain(error, i18n)}`, failed: true }),
  });
  return (
    <Button
      size="compact-sm" variant="default" fw={400} leftSection={<IconPaperclip size={14} />} 
      rightSection={<span className={classes.size} role="status">{download.isPending && share > 0 ? format.percent(share) : size}</span>}
      loading={download.isPending && share === 0} disabled={download.isPending} onClick={() => download.mutate()} aria-label={t("attachment.download", { name: attachment.name, size })}
    >
      {attachment.name}
    </Button>
  );
}
