import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { body, type Schema } from "../api/client";
import { conversationKey, type Detail } from "../conversation/conversation";
import { useClient } from "../session/SessionContext";

export type Draft = Schema<"Draft">;
export type DraftRequest = Schema<"DraftRequest">;
export type Suggestion = Schema<"Suggestion">;

/** A draft and the request it answers. */
export interface Drafted {
  draft: Draft;
  request: DraftRequest;
}

/**
 * The draft of a conversation. It waits in the cache, so that looking at another
 * conversation does not throw away what a model was paid for.
 */
export function useDraft(conversation: string) {
  const client = useClient();
  const queries = useQueryClient();
  const key = ["draft", conversation];
  const known = useQuery<Drafted | null>({ queryKey: key, queryFn: () => null, enabled: false, initialData: null, gcTime: 3_600_000 });
  const stop = useRef<AbortController>(undefined);
  const write = useMutation({
    mutationFn: async (request: DraftRequest) => {
      stop.current = new AbortController();
      const answer = await client.POST("/conversations/{id}/draft", { params: { path: { id: conversation } }, body: request, signal: stop.current.signal });
      return { draft: body(answer), request };
    },
    onSuccess: (drafted) => queries.setQueryData(key, drafted),
  });
  return {
    drafted: known.data,
    write: write.mutate,
    writing: write.isPending,
    request: write.variables,
    error: write.error,
    stop: () => {
      stop.current?.abort();
      write.reset();
    },
    discard: () => {
      queries.setQueryData(key, null);
      write.reset();
    },
  };
}

export function useSuggest(conversation: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => body(await client.POST("/conversations/{id}/suggestions", { params: { path: { id: conversation } } })),
    onSuccess: (suggestions) => queries.setQueryData<Detail>(conversationKey(conversation), (detail) => detail && { ...detail, suggestions }),
  });
}
