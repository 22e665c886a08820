import type { Message } from "./conversation";

export interface Day {
  /** The local date, e.g. "2026-03-14". */
  date: string;
  messages: Message[];
  /** Shown under its date only, until somebody asks. */
  folded: boolean;
}

/**
 * Groups messages by the reader's day. The newest day stays open, and so does
 * every day since the first incoming message that nothing of ours follows:
 * what waits for an answer is never hidden.
 */
export function daysOf(messages: readonly Message[]): Day[] {
  const answered = messages.findLastIndex((message) => message.direction === "out" && message.send?.state !== "cancelled");
  const waiting = messages.findIndex((message, index) => index > answered && message.direction === "in");
  const days: Day[] = [];
  messages.forEach((message, index) => {
    const date = localDate(message.at);
    let day = days.at(-1);
    if (day?.date !== date) {
      day = { date, messages: [], folded: true };
      days.push(day);
    }
    day.messages.push(message);
    if (index === messages.length - 1 || (waiting >= 0 && index >= waiting)) day.folded = false;
  });
  return days;
}

function localDate(at: string): string {
  const date = new Date(at);
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}
