import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { body, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type Entry = Schema<"Entry">;
export type EntryInput = Schema<"EntryInput">;

export const knowledgeKey = ["knowledge"] as const;

/** All entries, or those that answer a question, best first. */
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
