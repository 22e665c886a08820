import { Alert, Button, Group, Loader, Modal, Select, Skeleton, Switch, Textarea, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconSend } from "@tabler/icons-react";
import { useState } from "react";
import { ApiError, explain } from "../api/problem";
import type { Detail, Message } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import { recipientOf } from "../compose/recipients";
import { Envelope } from "./Envelope";
import { Findings } from "./Findings";
import type { Beside } from "./keptText";
import { MarkedText } from "./MarkedText";
import { Meanwhile } from "./Meanwhile";
import classes from "./Preview.module.css";
import { obstacleOf, usePreview, useSend, type Obstacle, type Preview } from "./send";
import type { Key } from "../i18n/catalogue";

interface Props {
  detail: Detail;
  text: string;
  beside: Beside;
  suggestion: string | undefined;
  onClose: () => void;
  onSent: (message: Message) => void;
}

const waits: Readonly<Record<Obstacle, Key>> = {
  block: "preview.wait.block", problem: "preview.wait.problem", reason: "preview.wait.reason", check: "preview.wait.check",
};

/** The last look: the text in the buyer's language, what the marketplace would say to it, and Send. */
export function PreviewDialog({ detail, text, beside, suggestion, onClose, onSent }: Props) {
  const { t } = useI18n();
  const { conversation } = detail;
  const languages = useLanguages(conversation.labels.language.value);
  const [language, setLanguage] = useState(() => languages.preset);
  const [history, setHistory] = useState(conversation.route.history ?? false);
  // What the person changed in the text that goes out; undefined while it is the editor's or its translation.
  const [edited, setEdited] = useState<string>();
  const [editing, setEditing] = useState<string>();
  const [reasons, setReasons] = useState<ReadonlyMap<string, string>>(new Map());
  // The newest message when the dialog opened: what arrives later has not been seen.
  const [seen] = useState(detail.messages.at(-1)?.id);
  const preview = usePreview(conversation.id, { text: edited ?? text, language, history, attachments: beside.files });
  const send = useSend(conversation.id);

  const checked = preview.isSuccess && !preview.isPlaceholderData && editing === undefined ? preview.data : undefined;
  const obstacle = obstacleOf(checked, reasons);
  const go = (anyway: boolean) => {
    if (checked === undefined || obstacle) return;
    const confirmed = checked.findings.filter((finding) => finding.severity === "warn").map(({ rule }) => ({ rule, reason: reasons.get(rule)?.trim() ?? "" }));
    const copies = { cc: beside.cc.map(recipientOf), bcc: beside.bcc.map(recipientOf) };
    send.mutate(
      { text: checked.text, language, history, seen, suggestion, attachments: beside.files, ...copies, confirmed: distinctRules(confirmed), anyway },
      { onSuccess: onSent },
    );
  };
  const conflict = send.error instanceof ApiError && send.error.status === 409 ? send.error : undefined;

  return (
    <Modal
      opened onClose={onClose} title={t("preview.title")} size={checked?.translated ? "min(1080px, 94vw)" : "min(760px, 94vw)"} closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !conflict) go(false);
      }}
    >
      {conflict ? (
        <Meanwhile detail={detail} code={conflict.code} seen={seen} sending={send.isPending} onBack={() => send.reset()} onAnyway={() => go(true)} />
      ) : (
        <>
          <div className={classes.settings}>
            <Select
              label={t("preview.language")} data={languages.options} value={language} allowDeselect={false} searchable data-testid="preview-language"
              onChange={(value) => {
                if (!value) return;
                setLanguage(value);
                setEdited(undefined);
                setEditing(undefined);
              }}
            />
            <Tooltip label={t("preview.history.why")}>
              <Switch label={t("preview.history")} checked={history} onChange={(event) => setHistory(event.currentTarget.checked)} />
            </Tooltip>
            {preview.isFetching && <span className={classes.busy} role="status"><Loader size={14} /> {t("preview.loading")}</span>}
          </div>
          {preview.isError && (
            <Alert color="red" role="alert" title={t("preview.failed")}>
              <Failure error={preview.error} />
              <Button size="compact-sm" variant="default" mt={8} display="block" onClick={() => void preview.refetch()}>{t("error.retry")}</Button>
            </Alert>
          )}
          {preview.isPending && <Skeleton height={220} />}
          {preview.data && (
            <>
              <Envelope
                from={preview.data.from} to={[preview.data.to]} cc={beside.cc} bcc={beside.bcc} subject={preview.data.subject} files={beside.files}
              />
              <div className={classes.texts} data-two={(preview.data.translated && edited === undefined) || undefined}>
                {preview.data.translated && edited === undefined && (
                  <section aria-label={t("preview.original")}>
                    <h3>{t("preview.original")}</h3>
                    <div className={classes.paper}><p dir="auto">{text}</p></div>
                  </section>
                )}
                <Going
                  preview={preview.data} language={language} editing={editing} onEditing={setEditing}
                  onEdited={(next) => {
                    setEdited(next);
                    setEditing(undefined);
                  }}
                />
              </div>
              <Problems preview={preview.data} language={language} />
              {preview.data.amounts.length > 0 && (
                <p className={classes.amounts}>{t("preview.amounts")}: {preview.data.amounts.map((amount) => <strong key={amount}>{amount}</strong>)}</p>
              )}
              <Findings findings={preview.data.findings} reasons={reasons} onReason={(rule, reason) => setReasons(new Map(reasons).set(rule, reason))} />
              {checked?.findings.length === 0 && (
                <p className={classes.clean}><IconCircleCheck size={16} aria-hidden /> {t("preview.clean")}</p>
              )}
            </>
          )}
          {send.isError && <Alert color="red" role="alert" mt="sm"><Failure error={send.error} /></Alert>}
          <Group justify="flex-end" align="center" className={classes.foot ?? ""}>
            {obstacle && obstacle !== "check" && <span className={classes.wait} role="status">{t(waits[obstacle])}</span>}
            <Button variant="default" onClick={onClose}>{t("meanwhile.back")}</Button>
            <Button
              leftSection={<IconSend size={16} />} disabled={obstacle !== undefined} loading={send.isPending} onClick={() => go(false)} title={t("preview.send.key")}
              data-testid="send"
            >
              {t("preview.send")}
            </Button>
          </Group>
        </>
      )}
    </Modal>
  );
}

function useLanguages(buyers: string) {
  const { t, format } = useI18n();
  const { languages } = useSignedIn().session;
  const preset = languages.find((tag) => tag === buyers) ?? languages.find((tag) => tag.split("-")[0] === buyers.split("-")[0]) ?? languages[0] ?? "en-US";
  const options = languages.map((value) => {
    const language = format.language(value);
    return { value, label: value === preset && buyers ? t("preview.buyers", { language }) : language };
  });
  return { preset, options };
}

function distinctRules<T extends { rule: string }>(all: readonly T[]): T[] {
  return [...new Map(all.map((one) => [one.rule, one])).values()];
}

function Failure({ error }: { error: unknown }) {
  return <>{explain(error, useI18n())}</>;
}

interface GoingProps {
  preview: Preview;
  language: string;
  editing: string | undefined;
  onEditing: (text: string | undefined) => void;
  onEdited: (text: string) => void;
}

/** The text that goes out, marked where somebody has to look, and open to a correction by hand. */
function Going({ preview, language, editing, onEditing, onEdited }: GoingProps) {
  const { t, format } = useI18n();
  const title = t(preview.translated ? "preview.translated" : "preview.asSent");
  return (
    <section aria-label={title}>
      <div className={classes.goingHead}>
        <h3>{title}</h3>
        {editing === undefined ? (
          <Button size="compact-xs" variant="subtle" onClick={() => onEditing(preview.text)}>{t("preview.edit")}</Button>
        ) : (
          <Group gap={4}>
            <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onEditing(undefined)}>{t("action.cancel")}</Button>
            <Button size="compact-xs" onClick={() => onEdited(editing)} disabled={!editing.trim()}>{t("preview.edit.done")}</Button>
          </Group>
        )}
      </div>
      {editing === undefined ? (
        <div className={classes.paper} data-testid="preview-text">
          <MarkedText text={preview.text} language={preview.language} findings={preview.findings} amounts={preview.amounts} />
          {preview.appended && (
            <div className={classes.appended}>
              <h4>{t("preview.appended")}</h4>
              <p>{preview.appended}</p>
            </div>
          )}
        </div>
      ) : (
        <Textarea
          aria-label={t("preview.edit.label", { language: format.language(language) })} value={editing} autosize minRows={6} maxRows={16} maxLength={20_000} data-autofocus lang={language}
          onChange={(event) => onEditing(event.currentTarget.value)}
        />
      )}
    </section>
  );
}

function Problems({ preview, language }: { preview: Preview; language: string }) {
  const { t, maybe, format } = useI18n();
  return preview.problems.map((code) => (
    <p key={code} className={classes.problem} role="alert">
      <IconAlertTriangle size={16} aria-hidden /> {maybe(`problem.${code}`, { language: format.language(language) }) ?? t("problem.other", { code })}
    </p>
  ));
}
