import { useMutation, useQueryClient } from "@tanstack/react-query";
import { body } from "../api/client";
import { useClient } from "../session/SessionContext";
import { allEntries, knowledgeKey, questionsKey, type Entry, type EntryInput } from "./entries";

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
  return async (id: string) => (await allEntries(client)).find((entry) => entry.id === id);
}

/** Puts a category and all below it under another name, in as many steps as it takes. */
export function useMoveCategory() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (move: { from: string; to: string }) => {
      let moved = 0;
      for (;;) {
        const step = body(await client.POST("/knowledge/categories/move", { body: move }));
        moved += step.moved;
        if (step.left === 0 || step.moved === 0) return { moved, left: step.left };
      }
    },
    onSettled: () => queries.invalidateQueries({ queryKey: knowledgeKey }),
  });
}

/** Forgets a question without an answer. */
export function useDismissQuestion() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (question: string) => client.DELETE("/knowledge/questions/{question}", { params: { path: { question } } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: questionsKey }),
  });
}
