import { UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { useI18n } from "../i18n/i18n";
import { useMay } from "../session/SessionContext";
import { useRetrySend, useUndoSend, type Message } from "./conversation";
import classes from "./Conversation.module.css";
import { daysOf } from "./days";
import { MessageView } from "./MessageView";
import { SplitMenu } from "./SplitMenu";

interface Props {
  id: string;
  messages: readonly Message[];
  now: number;
  onTakenBack: (message: Message) => void;
}

/** The messages, oldest first; earlier days stand folded under their date. */
export function Thread({ id, messages, now, onTakenBack }: Props) {
  const { t, format } = useI18n();
  const may = useMay();
  const days = useMemo(() => daysOf(messages), [messages]);
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const undo = useUndoSend(id, onTakenBack);
  const retry = useRetrySend(id);
  const end = useRef<HTMLDivElement>(null);
  const last = messages.at(-1)?.id;
  useLayoutEffect(() => {
    // In braces: newer browsers return a promise here, which React would take for a clean-up.
    end.current?.scrollIntoView({ block: "end" });
  }, [last]);
  return (
    <div className={classes.thread}>
      {days.map((day) => {
        const first = day.messages[0];
        if (!first) return null;
        const date = format.day(first.at, now);
        if (day.folded && !opened.has(day.date)) {
          return (
            <UnstyledButton key={day.date} className={classes.day ?? ""} aria-expanded={false} onClick={() => setOpened(new Set([...opened, day.date]))}>
              <IconChevronRight size={13} aria-hidden /> {t("message.showDay", { day: date, n: day.messages.length })}
            </UnstyledButton>
          );
        }
        return (
          <section key={day.date} aria-label={date} className={classes.messages}>
            <h2 className={classes.date}>{date}</h2>
            {day.messages.map((message) => (
              <MessageView
                key={message.id} conversation={id} message={message} now={now} busy={undo.isPending || retry.isPending}
                tools={may.answer && messages.length > 1 && <SplitMenu id={id} messages={messages} message={message} />}
                onUndo={may.answer ? undo.mutate : undefined} onRetry={may.answer ? retry.mutate : undefined}
              />
            ))}
          </section>
        );
      })}
      <div ref={end} />
    </div>
  );
}
