import { Button, Group } from "@mantine/core";
import { MessageView } from "../conversation/MessageView";
import type { Detail } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";
import { useNow } from "../inbox/useNow";
import classes from "./Preview.module.css";

interface Props {
  detail: Detail;
  code: string;
  seen: string | undefined;
  sending: boolean;
  onBack: () => void;
  onAnyway: () => void;
}

/** What happened while the reply was written, before a second answer goes out. */
export function Meanwhile({ detail, code, seen, sending, onBack, onAnyway }: Props) {
  const { t } = useI18n();
  const now = useNow(30_000);
  const answered = code === "answered_meanwhile";
  const known = detail.messages.findIndex((message) => message.id === seen);
  const fresh = known >= 0 ? detail.messages.slice(known + 1) : [];
  return (
    <div role="alert">
      <h3 className={classes.meanwhile}>{t(answered ? "meanwhile.answered" : "meanwhile.message")}</h3>
      <p className={classes.meanwhileWhy}>{t(answered ? "meanwhile.answered.why" : "meanwhile.message.why")}</p>
      <div className={classes.fresh}>
        {fresh.map((message) => <MessageView key={message.id} conversation={detail.conversation.id} message={message} now={now} busy={false} />)}
      </div>
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onBack} data-autofocus>{t("meanwhile.back")}</Button>
        <Button color="red" loading={sending} onClick={onAnyway}>{t("meanwhile.anyway")}</Button>
      </Group>
    </div>
  );
}
