import { createPath } from "react-router";
import { describe, expect, test } from "vitest";
import { addressOf, parseState, type InboxState } from "./state";

const address = (state: InboxState, id?: string) => createPath(addressOf(state, id) as { pathname: string; search: string });

describe("the inbox in the address", () => {
  test("comes back as it was", () => {
    const state: InboxState = {
      tab: "replied", view: "board",
      filters: { category: "VIP & co", store: "amazon.ca", priority: "high", sentiment: "very_negative", intent: "refund", language: "zh-Hant", assignee: "sam@example.com", mailbox: "m1", overdue: true, q: "114-3941689-8772232" },
    };
    const url = new URL(address(state, "c/1"), "http://localhost");
    expect(url.pathname).toBe("/inbox/replied/c%2F1");
    expect(parseState("replied", url.searchParams)).toEqual(state);
  });

  test("is short when nothing narrows", () => expect(address({ tab: "awaiting", view: "list", filters: {} })).toBe("/inbox/awaiting"));

  test("names the same state by the same address", () => {
    const one = address({ tab: "all", view: "list", filters: { store: "own", category: "VIP" } });
    expect(address({ tab: "all", view: "list", filters: { category: "VIP", store: "own" } })).toBe(one);
  });

  test("leaves out what it does not understand", () => {
    expect(parseState("someday", new URLSearchParams("priority=urgent&sentiment=&overdue=1&view=tree&intent=refund"))).toEqual({ tab: "awaiting", view: "list", filters: { intent: "refund" } });
  });
});
