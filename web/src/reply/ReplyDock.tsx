import { ActionIcon, Alert, Button, Group, Textarea, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconExternalLink, IconMailOff, IconPencil, IconSend, IconSparkles } from "@tabler/icons-react";
import { useCallback, useEffect, useState } from "react";
import { useKeys } from "../app/keys";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useUndoSend, type Detail } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";
import { useMay, useSignedIn } from "../session/SessionContext";
import { AttachButton, AttachmentList, filesInto } from "../compose/Attachments";
import { useAttachments, type Upload } from "../compose/attachments";
import { isAddress } from "../compose/recipients";
import { Copies } from "./Copies";
import { SaveReply } from "../knowledge/SaveReply";
import { useDraft } from "./draft";
import { BrokenDraft, DraftPanel, Drafting } from "./DraftPanel";
import { PreviewDialog } from "./PreviewDialog";
import classes from "./Reply.module.css";
import type { ReplyText } from "./replyText";
import { Suggestions } from "./Suggestions";

interface Props {
  detail: Detail;
  reply: ReplyText;
  /** Called with the knowledge entries that the current draft rests on. */
  onEntries: (entries: readonly string[]) => void;
}

/** Below the messages: the ways to answer, or why this cannot be answered here. */
export function ReplyDock(props: Props) {
  const { t } = useI18n();
  const may = useMay();
  const { route } = props.detail.conversation;
  if (route.disabled) return <Disabled code={route.disabled} link={route.link} />;
  if (!may.answer) return <p className={classes.viewer}>{t("reply.viewer")}</p>;
  return <Composer {...props} />;
}

function Disabled({ code, link }: { code: string; link: string | undefined }) {
  const { t, maybe } = useI18n();
  return (
    <div className={classes.dock}>
      <Alert color="gray" icon={<IconMailOff size={18} />} title={t("disabled.title")} m={14} data-testid="reply-disabled">
        {maybe(`disabled.${code}`) ?? t("disabled.other")}
        {link && (
          <Button component="a" href={link} target="_blank" rel="noopener noreferrer" size="compact-sm" variant="default" display="flex" w="fit-content" mt={8} rightSection={<IconExternalLink size={14} />}>
            {t("disabled.open")}
          </Button>
        )}
      </Alert>
    </div>
  );
}

function Composer({ detail, reply, onEntries }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const { conversation, suggestions } = detail;
  const { text, attach, focus: focusEditor, set, beside, setBeside, sent, takeBack } = reply;
  const { ai } = useSignedIn().session;
  const [folded, { close: unfold, toggle }] = useDisclosure(false);
  const [preview, { open: openPreview, close: closePreview }] = useDisclosure(false);
  const [instructing, setInstructing] = useState(false);
  const { drafted, partial, write, writing, request, error, stop, discard } = useDraft(conversation.id);
  const undo = useUndoSend(conversation.id, takeBack);
  const attachments = useAttachments(beside.files, conversation.store, useCallback((files: Upload[]) => setBeside({ files }), [setBeside]));

  useEffect(() => onEntries([...new Set(drafted?.draft.citations.map((citation) => citation.entry) ?? [])]), [drafted, onEntries]);

  const choose = (id: "s1" | "s2" | "s3") => {
    unfold();
    write({ kind: "suggestion", suggestion: id });
  };
  const apply = (written: string) => {
    const before = text;
    set(written);
    discard();
    focusEditor();
    toast(
      before.trim() && before !== written
        ? { message: t("draft.replaced"), action: { label: t("action.undo"), run: () => set(before) } }
        : { message: t("draft.applied") },
    );
  };
  const clear = () => {
    const before = text;
    set("");
    toast({ message: t("reply.editor.cleared"), action: { label: t("action.undo"), run: () => set(before) } });
  };
  const answered = isAnswered(detail);
  const ready = text.trim() !== "";
  const sendable = ready && !attachments.busy && [...beside.cc, ...beside.bcc].every(isAddress);
  const focus = () => {
    unfold();
    requestAnimationFrame(focusEditor);
  };
  const pick = (id: "s1" | "s2" | "s3") => (suggestions && !writing && !answered ? () => choose(id) : undefined);
  useKeys({ r: focus, "1": pick("s1"), "2": pick("s2"), "3": pick("s3") });

  return (
    <section className={classes.dock} aria-label={t("reply.label")} data-testid="reply">
      {!folded && (
        <>
          {ai.mode !== "off" && !answered && (
            <Suggestions
              conversation={conversation.id} suggestions={suggestions} chosen={(writing ? request : drafted?.request)?.suggestion} busy={writing}
              compact={writing || drafted !== null} onChoose={choose}
            />
          )}
          {writing && <Drafting partial={partial} onStop={stop} />}
          {error && !writing && <Alert color="red" role="alert" mx={14} mb={8} p="xs">{explain(error, i18n)}</Alert>}
          {error && !writing && partial && <BrokenDraft text={partial} onUse={() => apply(partial)} />}
          {drafted && !writing && <DraftPanel draft={drafted.draft} onApply={() => apply(drafted.draft.text)} onDiscard={discard} />}
          {instructing && (
            <Instruct
              busy={writing} onCancel={() => setInstructing(false)}
              onWrite={(instruction) => {
                setInstructing(false);
                write({ kind: "instruction", instruction });
              }}
            />
          )}
        </>
      )}
      <div className={classes.editorBox} {...filesInto(attachments)}>
        {conversation.store === "own" && <Copies beside={beside} onChange={setBeside} />}
        <Textarea
          ref={attach} aria-label={t("reply.editor")} placeholder={t("reply.editor.placeholder")} value={text} maxLength={20_000} autosize
          minRows={folded ? 1 : 2} maxRows={folded ? 1 : 11} variant="unstyled" classNames={{ input: classes.editor ?? "" }} data-testid="editor" dir="auto"
          onFocus={unfold} onChange={(event) => set(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && sendable) openPreview();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
        <AttachmentList attachments={attachments} />
        <Group className={classes.tools ?? ""} gap={4}>
          <AttachButton attachments={attachments} />
          {ai.mode !== "off" && (
            <>
              <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconPencil size={15} />} disabled={writing} onClick={() => setInstructing(!instructing)}>
                <span className={classes.word}>{t("reply.instruct")}</span>
              </Button>
              <Tooltip label={t(ready ? "reply.polish.why" : "reply.polish.empty")}>
                <Button size="compact-sm" variant="subtle" color="gray" leftSection={<IconSparkles size={15} />} disabled={!ready || writing} onClick={() => write({ kind: "polish", text: text })}>
                  <span className={classes.word}>{t("reply.polish")}</span>
                </Button>
              </Tooltip>
            </>
          )}
          {ready && <Button size="compact-sm" variant="subtle" color="gray" className={classes.clear ?? ""} onClick={clear}>{t("reply.editor.clear")}</Button>}
          <span className={classes.gap} />
          {ready && <SaveReply conversation={conversation} text={text} language={undefined} />}
          {ready && <span className={classes.kept}>{t("reply.editor.kept")}</span>}
          <Tooltip label={t(folded ? "reply.open" : "reply.collapse")}>
            <ActionIcon variant="subtle" color="gray" aria-label={t(folded ? "reply.open" : "reply.collapse")} aria-expanded={!folded} onClick={toggle}>
              <IconChevronDown size={16} className={classes.fold} data-folded={folded || undefined} />
            </ActionIcon>
          </Tooltip>
          <Button size="compact-md" leftSection={<IconSend size={15} />} disabled={!sendable} onClick={openPreview} data-testid="preview">{t("reply.preview")}</Button>
        </Group>
      </div>
      {preview && (
        <PreviewDialog
          detail={detail} text={text} beside={beside} suggestion={drafted?.request.suggestion} onClose={closePreview}
          onSent={(message) => {
            sent(message.id);
            discard();
            closePreview();
            toast({ message: t("sent.queued", { seconds: 10 }), action: { label: t("action.undo"), run: () => undo.mutate(message.id) } });
          }}
        />
      )}
    </section>
  );
}

/** Whether our answer is the newest message: then nothing is to be suggested. */
function isAnswered({ messages }: Detail): boolean {
  const last = messages.findLast((message) => message.send?.state !== "cancelled");
  return last?.direction === "out" && last.send?.state !== "failed" && last.send?.state !== "bounced";
}

interface InstructProps {
  busy: boolean;
  onCancel: () => void;
  onWrite: (instruction: string) => void;
}

function Instruct({ busy, onCancel, onWrite }: InstructProps) {
  const { t } = useI18n();
  const [instruction, setInstruction] = useState("");
  const ready = instruction.trim() !== "" && !busy;
  return (
    <form
      className={classes.instruct}
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) onWrite(instruction.trim());
      }}
    >
      <Textarea
        label={t("reply.instruct.label")} placeholder={t("reply.instruct.placeholder")} value={instruction} maxLength={2000} autosize minRows={1} maxRows={4} data-autofocus
        onChange={(event) => setInstruction(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing && ready) {
            event.preventDefault();
            onWrite(instruction.trim());
          }
        }}
      />
      <Group justify="flex-end" gap={6} mt={6}>
        <Button size="compact-sm" variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
        <Button size="compact-sm" type="submit" disabled={!ready}>{t("reply.instruct.do")}</Button>
      </Group>
    </form>
  );
}
