import { expect, test } from "vitest";
import type { Message } from "./conversation";
import { daysOf } from "./days";

const message = (at: string, direction: "in" | "out", state: "sent" | "cancelled" = "sent"): Message => ({
  id: at, direction, at, from: {}, to: [], cc: [], subject: "", text: "", folds: [], html: false, attachments: [], warnings: [],
  ...(direction === "out" ? { send: { state, by: "", undoUntil: at } } : {}),
});

const shape = (messages: Message[]) => daysOf(messages).map(({ date, messages: inside, folded }) => `${date} ${inside.length}${folded ? " folded" : ""}`);

test("earlier days are folded, the newest is open", () => {
  expect(shape([message("2026-03-01T10:00:00Z", "in"), message("2026-03-01T11:00:00Z", "out"), message("2026-03-09T10:00:00Z", "in")])).toEqual(["2026-03-01 2 folded", "2026-03-09 1"]);
});

test("a day that holds an unanswered message is never folded", () => {
  const days = [message("2026-03-01T10:00:00Z", "in"), message("2026-03-02T10:00:00Z", "out"), message("2026-03-03T10:00:00Z", "in"), message("2026-03-05T10:00:00Z", "in")];
  expect(shape(days)).toEqual(["2026-03-01 1 folded", "2026-03-02 1 folded", "2026-03-03 1", "2026-03-05 1"]);
});

test("a reply that was taken back answers nothing", () => {
  expect(shape([message("2026-03-01T10:00:00Z", "in"), message("2026-03-02T10:00:00Z", "out", "cancelled")])).toEqual(["2026-03-01 1", "2026-03-02 1"]);
});
