import { expect, test } from "vitest";
import { doable, waitingFor, type Outbox, type OutboxItem } from "./outbox";

const item = (change: Partial<OutboxItem>): OutboxItem => ({
  conversation: "c", message: "m", mailbox: "box", state: "queued", by: "mei@example.com", to: "kim@example.com", recipients: 1, subject: "Lamp",
  due: "2026-11-22T14:00:00Z", at: "2026-11-22T12:00:00Z", ...change,
});

test("mail that waits for a limit is counted per mailbox, until the first may go", () => {
  const outbox: Outbox = {
    limits: [],
    items: [
      item({ code: "daily_limit", due: "2026-11-22T15:00:00Z" }), item({ code: "daily_limit" }), item({}), item({ code: "smtp_busy" }),
      item({ mailbox: "other", code: "daily_limit" }), item({ state: "failed", code: "daily_limit" }),
    ],
  };
  expect(waitingFor(outbox, "box")).toEqual({ n: 2, until: "2026-11-22T14:00:00Z", code: "daily_limit" });
  expect(waitingFor(outbox, "third")).toBeUndefined();
});

test.each([
  ["queued", ["undo"]], ["sending", []], ["failed", ["retry", "undo"]], ["bounced", ["retry", "undo"]], ["unclear", ["arrived", "retry"]],
] as const)("what can be done with mail that is %s", (state, want) => {
  expect(doable(item({ state }))).toEqual(want);
});
