import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, type Client, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type Entry = Schema<"Entry">;
export type EntryInput = Schema<"EntryInput">;
export type OpenQuestion = Schema<"OpenQuestion">;

export const knowledgeKey = ["knowledge"] as const;
export const questionsKey = ["questions"] as const;

/** Entries that answer a question, best first. */
export function useKnowledge({ q, store }: { q?: string; store?: string } = {}) {
  const client = useClient();
  const query = { ...(q ? { q: q.slice(0, 500) } : {}), ...(store ? { store } : {}) };
  return useQuery({
    queryKey: [...knowledgeKey, query],
    queryFn: async ({ signal }) => body(await client.GET("/knowledge", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
}

/** Every entry, by category and topic. */
export function useEntries() {
  const client = useClient();
  return useQuery({ queryKey: [...knowledgeKey, "all"], queryFn: ({ signal }) => allEntries(client, signal), staleTime: 30_000 });
}

export async function allEntries(client: Client, signal: AbortSignal | null = null): Promise<Entry[]> {
  const entries: Entry[] = [];
  let from: number | undefined = 0;
  while (from !== undefined) {
    const page: Schema<"EntryPage"> = body(await client.GET("/knowledge/pages", { params: { query: { from } }, signal }));
    entries.push(...page.items);
    from = page.next;
  }
  return entries;
}

/** Questions the knowledge base had no answer to, the most frequent first. */
export function useQuestions() {
  const client = useClient();
  return useQuery({ queryKey: questionsKey, queryFn: async ({ signal }) => body(await client.GET("/knowledge/questions", { signal })), staleTime: 30_000 });
}
