import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { body, type Schema } from "../api/client";
import { conversationKey, type Detail } from "../conversation/conversation";
import { useSignedIn, useClient } from "../session/SessionContext";
import { usePartialDraft } from "./partial";

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
  const [requestId, setRequestId] = useState<string>();
  const { ai } = useSignedIn().session;
  const write = useMutation({
    mutationFn: async (request: DraftRequest) => {
      stop.current = new AbortController();
      const id = crypto.randomUUID();
      // Polishing shows its result beside the text it is about, whole.
      setRequestId(ai.mode === "model" && request.kind !== "polish" ? id : undefined);
      const answer = await client.POST("/conversations/{id}/draft", {
        params: { path: { id: conversation } }, body: { ...request, requestId: id }, signal: stop.current.signal,
      });
      return { draft: body(answer), request };
    },
    onSuccess: (drafted) => queries.setQueryData(key, drafted),
  });
  const partial = usePartialDraft(conversation, requestId, write.isPending);
  return {
    drafted: known.data,
    /** What the model has written so far, while it writes and after it broke off. */
    partial,
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
