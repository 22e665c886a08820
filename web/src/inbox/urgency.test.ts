import { describe, expect, test } from "vitest";
import { quadrantOf, timeLeft } from "./urgency";

const now = Date.parse("2026-03-14T12:00:00Z");

describe("the time left", () => {
  test.each([
    ["2026-03-14T11:59:59Z", "late"],
    ["2026-03-14T12:00:00Z", "soon"],
    ["2026-03-14T20:00:00Z", "soon"],
    ["2026-03-14T20:00:01Z", "calm"],
  ])("until %s is %s", (due, pressure) => expect(timeLeft(due, now)?.pressure).toBe(pressure));

  test("is unknown without a clock, or with one that makes no sense", () => {
    expect(timeLeft(undefined, now)).toBeUndefined();
    expect(timeLeft("soon", now)).toBeUndefined();
  });
});

describe("the quadrant", () => {
  const tomorrow = "2026-03-15T12:00:00Z";
  test.each([
    ["high priority", { due: tomorrow, priority: "high", sentiment: "neutral" }, { urgent: false, important: true }],
    ["an unhappy buyer", { due: tomorrow, priority: "medium", sentiment: "negative" }, { urgent: false, important: true }],
    ["an unhappy buyer set low by hand", { due: tomorrow, priority: "low", sentiment: "very_negative" }, { urgent: false, important: false }],
    ["overdue and low", { due: "2026-03-14T00:00:00Z", priority: "low", sentiment: "neutral" }, { urgent: true, important: false }],
    ["no clock, not sorted yet", {}, { urgent: false, important: false }],
  ] as const)("of %s", (_name, row, expected) => expect(quadrantOf(row, now)).toEqual(expected));
});
