import { useMutation, useQueryClient } from "@tanstack/react-query";
import { body } from "../api/client";
import { useClient } from "../session/SessionContext";
import { knowledgeKey, type Entry, type EntryInput } from "./entries";

/** Adds an entry, or changes the one that is given. */
export function useSaveEntry(entry: Entry | undefined) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (input: EntryInput) =>
      entry ? body(await client.PUT("/knowledge/{entry}", { params: { path: { entry: entry.id } }, body: input })) : body(await client.POST("/knowledge", { body: input })),
    onSuccess: () => queries.invalidateQueries({ queryKey: knowledgeKey }),
  });
}

export function useRemoveEntry() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (entry: string) => client.DELETE("/knowledge/{entry}", { params: { path: { entry } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: knowledgeKey }),
  });
}

/** The entry as it is stored now; the API lists all, so it is found among them. */
export function useStoredEntry() {
  const client = useClient();
  return async (id: string) => body(await client.GET("/knowledge", {})).find((entry) => entry.id === id);
}
