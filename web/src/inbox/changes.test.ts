import { describe, expect, test } from "vitest";
import { inverse } from "./changes";
import { extended, toggled } from "./selection";
import type { Row } from "./state";

const row = (id: string, extra: Partial<Row> = {}): Row => ({ id, mailbox: "m", store: "own", buyer: "", subject: "", status: "awaiting", at: "", sorted: true, version: 1, ...extra });

describe("the way back", () => {
  test("gives every conversation the colleague it had", () => {
    const rows = [row("a", { assignee: "sam@example.com" }), row("b"), row("c", { assignee: "sam@example.com" })];
    const back = inverse({ rows, action: "assign", value: "mei@example.com" });
    expect(back.map(({ rows: group, value }) => [group.map(({ id }) => id).join(""), value])).toEqual([["ac", "sam@example.com"], ["b", ""]]);
  });

  test("reopens what was awaiting", () => expect(inverse({ rows: [row("a")], action: "no_reply" })[0]?.action).toBe("reopen"));

  test("is not offered where it would lead elsewhere", () => {
    expect(inverse({ rows: [row("a", { status: "replied" })], action: "no_reply" })).toEqual([]);
    expect(inverse({ rows: [row("a")], action: "delete" })).toEqual([]);
    expect(inverse({ rows: [row("a")], action: "priority", value: "high" })).toEqual([]);
  });
});

describe("the selection", () => {
  const rows = ["a", "b", "c", "d"].map((id) => row(id));
  test("toggles one", () => expect([...toggled(new Set(["a"]), "a")]).toEqual([]));
  test("extends over the rows between, in either direction", () => {
    expect([...extended(new Set(), rows, "b", "d")]).toEqual(["b", "c", "d"]);
    expect([...extended(new Set(), rows, "d", "b")]).toEqual(["b", "c", "d"]);
  });
  test("falls back to one when the anchor is gone", () => expect([...extended(new Set(), rows, "gone", "b")]).toEqual(["b"]));
});
