import { useInfiniteQuery, useQueryClient, type InfiniteData, type QueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { body, type Client, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";
import type { InboxState, Row, Status, Tab } from "./state";

export type Page = Schema<"ConversationPage">;
export type Pages = InfiniteData<Page, string | undefined>;

const listsKey = ["conversations"] as const;

function listKey({ tab, filters }: InboxState) {
  return [...listsKey, tab, filters] as const;
}

async function fetchPage(client: Client, { tab, filters }: InboxState, cursor?: string, signal?: AbortSignal): Promise<Page> {
  const query = { tab, ...filters, ...(cursor ? { cursor } : {}), limit: 50 };
  return body(await client.GET("/conversations", { params: { query }, signal: signal ?? null }));
}

/** The inbox page by page, and a way to fetch what is new at its head without fetching the rest again. */
export function useConversationList(state: InboxState) {
  const client = useClient();
  const queries = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: listKey(state),
    queryFn: ({ pageParam, signal }) => fetchPage(client, state, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
  const rows = useMemo(() => distinct(query.data?.pages.flatMap((page) => page.items) ?? []), [query.data]);
  const refresh = useCallback(async () => {
    const key = listKey(state);
    const known = queries.getQueryData<Pages>(key);
    if (!known || known.pages.length < 2) return queries.invalidateQueries({ queryKey: key });
    const head = await fetchPage(client, state);
    queries.setQueryData<Pages>(key, (pages) => pages && withHead(pages, head));
    await queries.invalidateQueries({ queryKey: listsKey, refetchType: "none" });
  }, [client, queries, state]);
  return { ...query, rows, refresh };
}

/**
 * Lays a fresh first page over the known ones. Where its last row is known, the
 * known rows after it follow on; where it is not, more arrived than a page holds,
 * and the later pages are dropped rather than leaving a gap.
 */
export function withHead({ pages, pageParams }: Pages, head: Page): Pages {
  const last = head.items.at(-1);
  const at = last && head.next ? pages.findIndex((page) => page.items.some((row) => row.id === last.id)) : -1;
  const split = pages[at];
  if (!last || !split) return { pages: [head], pageParams: [undefined] };
  const fresh = new Set(head.items.map((row) => row.id));
  const rest = split.items.slice(split.items.findIndex((row) => row.id === last.id) + 1);
  const later = [{ ...split, items: rest }, ...pages.slice(at + 1)];
  return {
    pages: [head, ...later.map((page) => ({ ...page, items: page.items.filter((row) => !fresh.has(row.id)) }))],
    pageParams: [undefined, head.next, ...pageParams.slice(at + 1)],
  };
}

function distinct(rows: readonly Row[]): Row[] {
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.id) && seen.add(row.id));
}

/** Changes rows in every list that is known; a row leaves the lists of a tab it no longer belongs to. */
export function patchRows(queries: QueryClient, ids: ReadonlySet<string>, patch: Partial<Row> | "remove"): void {
  for (const [key] of queries.getQueriesData<Pages>({ queryKey: listsKey })) {
    const tab = key[1] as Tab;
    queries.setQueryData<Pages>(key, (known) =>
      known && {
        ...known,
        pages: known.pages.map((page) => ({ ...page, items: page.items.flatMap((row) => (ids.has(row.id) ? patched(row, patch, tab) : [row])) })),
      });
  }
}

function patched(row: Row, patch: Partial<Row> | "remove", tab: Tab): Row[] {
  if (patch === "remove") return [];
  const next = { ...row, ...patch };
  return belongs(next.status, tab) ? [next] : [];
}

function belongs(status: Status, tab: Tab): boolean {
  return tab === "all" || tab === status;
}

/** A copy of every list, to put back when a change fails. */
export function snapshot(queries: QueryClient): () => void {
  const kept = queries.getQueriesData<Pages>({ queryKey: listsKey });
  return () => kept.forEach(([key, data]) => queries.setQueryData(key, data));
}

export function invalidateLists(queries: QueryClient): Promise<void> {
  return queries.invalidateQueries({ queryKey: listsKey });
}
