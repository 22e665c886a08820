import { Alert, Anchor, Button, Checkbox, Modal, Select, Textarea, TextInput } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import { toast } from "../app/toast";
import { body } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useMailboxes } from "../mailbox/mailboxes";
import { useClient, useSignedIn } from "../session/SessionContext";
import { AttachButton, AttachmentList, filesInto } from "./Attachments";
import { useAttachments, type Upload } from "./attachments";
import classes from "./Compose.module.css";
import type { Forwarding } from "./ComposeContext";
import { KeptMail, isEmpty } from "./keptMail";
import { mailOf, type Draft } from "./mail";
import { MailPreviewStep } from "./MailPreviewStep";
import { RecipientField } from "./RecipientField";
import { isAddress } from "./recipients";

interface Props {
  forwarding: Forwarding | undefined;
  onClose: () => void;
  /** Opens the dialog again, with what is kept. */
  onReopen: () => void;
}

/** New mail, or a forward: written, looked at once more, and sent. */
export function ComposeDialog({ forwarding, onClose, onReopen }: Props) {
  const { t } = useI18n();
  const [looking, setLooking] = useState(false);
  const { draft, change, kept } = useKeptDraft(forwarding);
  const original = useMemo(() => forwarding && { conversation: forwarding.conversation.id, message: forwarding.message.id }, [forwarding]);
  const takenBack = useTakeBack(kept, onReopen);
  return (
    <Modal
      opened onClose={onClose} size="min(760px, 94vw)" closeOnClickOutside={false} title={t(forwarding ? "compose.forward.title" : "compose.new.title")}
      closeButtonProps={{ "aria-label": t("action.close") }} data-testid="compose"
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.querySelector<HTMLButtonElement>("[data-primary]")?.click();
      }}
    >
      {looking ? (
        <MailPreviewStep
          mail={mailOf(draft, original)} onBack={() => setLooking(false)}
          onSent={({ conversation, message }) => {
            kept.forget();
            onClose();
            const undo = { label: t("action.undo"), run: () => takenBack(conversation, message.id, draft) };
            toast({ message: t("compose.queued", { seconds: 10 }), action: undo });
          }}
        />
      ) : (
        <Form
          draft={draft} forwarding={forwarding} onChange={change} onPreview={() => setLooking(true)}
          onDiscard={() => {
            kept.forget();
            onClose();
            toast({
              message: t("compose.discarded"),
              action: {
                label: t("action.undo"),
                run: () => {
                  kept.write(draft, Date.now());
                  onReopen();
                },
              },
            });
          }}
        />
      )}
    </Modal>
  );
}

/** The mail in the making; every change is kept on this device. */
function useKeptDraft(forwarding: Forwarding | undefined) {
  const owner = useSignedIn().session.member.email;
  const mailboxes = useMailboxes().data;
  const kept = useMemo(() => new KeptMail(localStorage, owner, forwarding?.message.id ?? "new"), [owner, forwarding]);
  const [written, setWritten] = useState<Draft>(() => kept.read() ?? emptyDraft(forwarding));
  // The mailboxes may come later than the dialog.
  const draft = useMemo(() => ({ ...written, mailbox: written.mailbox || (mailboxes?.[0]?.id ?? "") }), [written, mailboxes]);
  const change = useCallback(
    (next: Partial<Draft>) =>
      setWritten((before) => {
        const after = { ...before, ...next };
        kept.write(after, Date.now());
        return after;
      }),
    [kept],
  );
  return { draft, change, kept };
}

function emptyDraft(forwarding: Forwarding | undefined): Draft {
  const empty: Draft = { mailbox: "", to: [], cc: [], bcc: [], subject: "", text: "", language: "", files: [], original: [] };
  if (!forwarding) return empty;
  const { conversation, message } = forwarding;
  const files = message.attachments.filter((one) => !one.inline).map((one) => one.index);
  return { ...empty, mailbox: conversation.mailbox, subject: forwardSubject(message.subject), original: files };
}

function forwardSubject(subject: string): string {
  return /^fwd?:/i.test(subject) ? subject : `Fwd: ${subject}`;
}

/** Takes a queued mail back and opens the dialog with it. */
function useTakeBack(kept: KeptMail, onReopen: () => void) {
  const client = useClient();
  const i18n = useI18n();
  return (conversation: string, message: string, draft: Draft) => {
    client
      .POST("/conversations/{id}/messages/{message}/undo", { params: { path: { id: conversation, message } } })
      .then(body)
      .then(() => {
        kept.write(draft, Date.now());
        toast({ message: i18n.t("compose.takenBack") });
        onReopen();
      })
      .catch((error: unknown) => toast({ message: explain(error, i18n), failed: true }));
  };
}

interface FormProps {
  draft: Draft;
  forwarding: Forwarding | undefined;
  onChange: (next: Partial<Draft>) => void;
  onPreview: () => void;
  onDiscard: () => void;
}

function Form({ draft, forwarding, onChange, onPreview, onDiscard }: FormProps) {
  const { t, format } = useI18n();
  const { languages } = useSignedIn().session;
  const mailboxes = useMailboxes();
  const [copies, setCopies] = useState(draft.cc.length + draft.bcc.length > 0);
  const keepFiles = useCallback((files: Upload[]) => onChange({ files }), [onChange]);
  const attachments = useAttachments(draft.files, undefined, keepFiles);
  const wait = waitOf(draft, forwarding !== undefined, attachments.busy);
  if (mailboxes.data?.length === 0) return <Alert color="gray">{t("compose.noMailbox")}</Alert>;
  return (
    <form
      className={classes.fields}
      {...filesInto(attachments)}
      onSubmit={(event) => {
        event.preventDefault();
        if (!wait) onPreview();
      }}
    >
      <div className={classes.twoFields}>
        <Select
          label={t("compose.from")} size="sm" allowDeselect={false} value={draft.mailbox} data-testid="compose-from"
          data={(mailboxes.data ?? []).map(({ id, name, address }) => ({ value: id, label: name ? `${name} <${address}>` : address }))}
          onChange={(mailbox) => mailbox && onChange({ mailbox })}
        />
        <Select
          label={t("compose.language")} size="sm" allowDeselect={false} searchable value={draft.language} title={t("compose.noTranslation")}
          data={[{ value: "", label: t("compose.language.written") }, ...languages.map((value) => ({ value, label: format.language(value) }))]}
          onChange={(language) => onChange({ language: language ?? "" })}
        />
      </div>
      <div className={classes.toLine}>
        <RecipientField label={t("compose.to")} placeholder={t("compose.to.placeholder")} value={draft.to} first testId="compose-to" onChange={(to) => onChange({ to })} />
        {!copies && <Button size="compact-sm" variant="subtle" color="gray" mb={4} onClick={() => setCopies(true)}>{t("compose.copies")}</Button>}
      </div>
      {copies && (
        <div className={classes.copies}>
          <RecipientField label={t("compose.cc")} value={draft.cc} testId="compose-cc" onChange={(cc) => onChange({ cc })} />
          <RecipientField label={t("compose.bcc")} value={draft.bcc} testId="compose-bcc" onChange={(bcc) => onChange({ bcc })} />
        </div>
      )}
      <TextInput label={t("compose.subject")} size="sm" maxLength={300} value={draft.subject} data-testid="compose-subject" dir="auto" onChange={(event) => onChange({ subject: event.currentTarget.value })} />
      <Textarea
        label={t(forwarding ? "compose.text.forward" : "compose.text")} autosize minRows={forwarding ? 3 : 8} maxRows={18} maxLength={20_000} value={draft.text} data-testid="compose-text" dir="auto"
        onChange={(event) => onChange({ text: event.currentTarget.value })}
      />
      <AttachmentList attachments={attachments} />
      {forwarding && <OriginalPart forwarding={forwarding} chosen={draft.original} onChange={(original) => onChange({ original })} />}
      <div className={classes.foot}>
        <AttachButton attachments={attachments} />
        {!isEmpty(draft) && <Anchor component="button" type="button" size="xs" c="dimmed" onClick={onDiscard}>{t("compose.discard")}</Anchor>}
        {!isEmpty(draft) && <span className={classes.small}>{t("compose.kept")}</span>}
        <span className={classes.gap} />
        {wait && <span className={classes.small} role="status">{t(wait)}</span>}
        <Button type="submit" leftSection={<IconSend size={15} />} disabled={wait !== undefined} data-primary data-testid="compose-preview">{t("compose.preview")}</Button>
      </div>
    </form>
  );
}

/** What is still missing before there is anything to look at. */
function waitOf(draft: Draft, forward: boolean, uploading: boolean) {
  const addressed = draft.to.length > 0 && [...draft.to, ...draft.cc, ...draft.bcc].every(isAddress);
  if (!addressed || (!forward && (draft.subject.trim() === "" || draft.text.trim() === ""))) return forward ? "compose.incomplete.forward" : "compose.incomplete";
  return uploading ? "compose.uploading" : undefined;
}

interface OriginalProps {
  forwarding: Forwarding;
  chosen: readonly number[];
  onChange: (chosen: number[]) => void;
}

/** What a forward passes on: the original's text, and those of its files that are ticked. */
function OriginalPart({ forwarding: { message }, chosen, onChange }: OriginalProps) {
  const { t, format } = useI18n();
  return (
    <section aria-label={t("compose.original")}>
      {message.attachments.length > 0 && (
        <Checkbox.Group label={t("compose.original.files")} size="xs" value={chosen.map(String)} onChange={(values) => onChange(values.map(Number).sort((a, b) => a - b))} mb={8}>
          {message.attachments.map((one) => (
            <Checkbox key={one.index} size="xs" mt={4} value={String(one.index)} label={`${one.name} · ${format.bytes(one.size)}`} />
          ))}
        </Checkbox.Group>
      )}
      <p className={classes.small}>{t("compose.original")}</p>
      <div className={classes.original} lang={message.language} dir="auto">{message.text}</div>
    </section>
  );
}
