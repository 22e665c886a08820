import { QueryClient } from "@tanstack/react-query";
import { describe, expect, test } from "vitest";
import { patchRows, snapshot, withHead, type Pages } from "./list";
import type { Row } from "./state";

const row = (id: string, extra: Partial<Row> = {}): Row => ({ id, mailbox: "m", store: "own", buyer: "", subject: "", status: "awaiting", at: "", sorted: true, version: 1, ...extra });
const page = (ids: string, next?: string) => ({ items: Array.from(ids, (id) => row(id)), ...(next ? { next } : {}) });
const shown = ({ pages }: Pages) => pages.map(({ items }) => items.map(({ id }) => id).join("")).join("|");

describe("a fresh head over known pages", () => {
  const known: Pages = { pages: [page("abc", "c"), page("def", "f"), page("ghi")], pageParams: [undefined, "c", "f"] };

  test("keeps the pages after it, without gap or doubles", () => {
    const merged = withHead(known, page("xya", "a"));
    expect(shown(merged)).toBe("xya|bc|def|ghi");
    expect(merged.pageParams).toEqual([undefined, "a", "c", "f"]);
  });

  test("closes up over rows that are gone", () => expect(shown(withHead(known, page("bde", "e")))).toBe("bde|f|ghi"));

  test("drops the later pages when more arrived than a page holds", () => expect(shown(withHead(known, page("xyz", "z")))).toBe("xyz"));

  test("is all there is when it is the last page", () => expect(shown(withHead(known, page("ab")))).toBe("ab"));

  test("shows a row that moved up only where it is now", () => expect(shown(withHead(known, page("hab", "b")))).toBe("hab|c|def|gi"));
});

describe("changing rows in the known lists", () => {
  const setUp = () => {
    const queries = new QueryClient();
    const lists = ["awaiting", "all", "no_reply"].map((tab) => ["conversations", tab, {}] as const);
    lists.forEach((key) => queries.setQueryData<Pages>(key, { pages: [page(key[1] === "no_reply" ? "" : "ab")], pageParams: [undefined] }));
    const rows = (tab: string) => queries.getQueryData<Pages>(["conversations", tab, {}])?.pages.flatMap(({ items }) => items) ?? [];
    return { queries, rows };
  };

  test("takes a row out of the tab it no longer belongs to, and keeps it under All", () => {
    const { queries, rows } = setUp();
    patchRows(queries, new Set(["a"]), { status: "no_reply" });
    expect(rows("awaiting").map(({ id }) => id)).toEqual(["b"]);
    expect(rows("all").map(({ id, status }) => [id, status])).toEqual([["a", "no_reply"], ["b", "awaiting"]]);
  });

  test("can be put back as it was", () => {
    const { queries, rows } = setUp();
    const restore = snapshot(queries);
    patchRows(queries, new Set(["a", "b"]), "remove");
    expect(rows("all")).toEqual([]);
    restore();
    expect(rows("all").map(({ id }) => id)).toEqual(["a", "b"]);
  });
});
