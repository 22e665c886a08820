import { describe, expect, test, vi } from "vitest";
import { answerIn, handOver, throughProvider } from "./signin";

/** A window that only notes where it is sent. */
function pretendWindow() {
  const assign = vi.fn();
  const close = vi.fn();
  return { page: { location: { assign }, close } as unknown as Window, assign, close };
}

const page = (state: string) => `https://login.example/authorize?state=${state}`;

describe("a sign-in in a window of its own", () => {
  test("comes back to the page that waits for it", async () => {
    const { page: opened, assign } = pretendWindow();
    const waiting = throughProvider(opened, page("one"), new AbortController().signal);
    expect(assign).toHaveBeenCalledWith(page("one"));
    expect(await handOver({ state: "one", code: "abc" })).toBe(true);
    expect(await waiting).toEqual({ state: "one", code: "abc" });
  });

  test("is not taken by a page that waits for another", async () => {
    const stop = new AbortController();
    const waiting = throughProvider(pretendWindow().page, page("one"), stop.signal);
    expect(await handOver({ state: "two", code: "abc" }, 50)).toBe(false);
    stop.abort();
    await expect(waiting).rejects.toThrow("cancelled");
  });

  test("closes the window when it is given up", async () => {
    const stop = new AbortController();
    const { page: opened, close } = pretendWindow();
    const waiting = throughProvider(opened, page("one"), stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow("cancelled");
    expect(close).toHaveBeenCalled();
  });
});

test.each([
  ["a code", "?code=abc&state=s", { state: "s", code: "abc" }],
  ["an error", "?error=access_denied&error_description=AADSTS65004%3A+declined&state=s", { state: "s", error: "access_denied", description: "AADSTS65004: declined" }],
  ["nothing", "", { state: "" }],
  ["an endless description", `?error=x&state=s&error_description=${"a".repeat(9000)}`, { state: "s", error: "x", description: "a".repeat(2000) }],
])("reads %s from the address", (_name, search, want) => expect(answerIn(search)).toEqual(want));
