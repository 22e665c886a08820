import { Button } from "@mantine/core";
import { IconBookmarkPlus } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { useConversation, type Detail } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";

// The inbox does not wait for the dialog.
const PersonalEntryDialog = lazy(async () => ({ default: (await import("./PersonalEntryDialog")).PersonalEntryDialog }));

interface Props {
  conversation: Detail["conversation"];
  text: string;
  language: string | undefined;
}

/** Makes an entry of a reply: the topic is the conversation's summary or subject, and what belongs to the buyer is pointed out. */
export function SaveReply({ conversation, text, language }: Props) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  const { buyer, labels, subject, store } = conversation;
  const initial = useMemo(() => ({ topic: topicOf(labels.summary, subject), answer: text.trim(), language: language ?? "", stores: store && store !== "own" ? [store] : [] }), [labels.summary, subject, text, language, store]);
  return (
    <>
      <Button size="compact-xs" variant="subtle" color="gray" leftSection={<IconBookmarkPlus size={14} />} aria-label={t("library.save.label")} onClick={() => setOpen(true)}>{t("library.save")}</Button>
      {open && <Suspense><PersonalEntryDialog initial={initial} names={buyer.name ? [buyer.name] : []} onClose={() => setOpen(false)} /></Suspense>}
    </>
  );
}

/** The same for a message that was sent. */
export function SaveSent({ conversation, text, language }: Omit<Props, "conversation"> & { conversation: string }) {
  const { data } = useConversation(conversation);
  return data ? <SaveReply conversation={data.conversation} text={text} language={language} /> : null;
}

/** The question behind a conversation, without the reply marks, the order number and the marketplace's words of its subject. */
export function topicOf(summary: string | undefined, subject: string): string {
  if (summary) return Array.from(summary).slice(0, 300).join("");
  return subject.replace(/^(?:\s*(?:re|fwd?|aw|sv|回复|回覆|答复)\s*[:：])+/iu, "").replace(/\s*inquiry from Amazon customer .*$/iu, "").replaceAll(/\(?\s*(?:order|bestellung|訂單|订单)?\s*[:：#]?\s*\d{2,3}-\d{5,7}-\d{5,7}\s*\)?/giu, "").trim().slice(0, 300);
}
