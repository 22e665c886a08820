import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "../app/toast";
import { body } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { invalidateLists, patchRows } from "../inbox/list";
import { pulseKey } from "../inbox/pulse";
import { useInboxState } from "../inbox/state";
import { useClient } from "../session/SessionContext";
import { conversationKey, type Message } from "./conversation";

/** Conversations under an order number, or a buyer's name or address. */
export function useCandidates(q: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["candidates", q],
    queryFn: async ({ signal }) => body(await client.GET("/conversations", { params: { query: { q } }, signal })).items,
    enabled: q !== "",
    staleTime: 15_000,
  });
}

/** Merges a conversation into another and opens that; the toast offers the way back. */
export function useMerge(id: string) {
  const client = useClient();
  const settle = useSettle();
  const unmerge = useUnmerge();
  const { t } = useI18n();
  return useMutation({
    mutationFn: async ({ into, anyway }: { into: string; anyway: boolean }) =>
      body(await client.POST("/conversations/{id}/merge", { params: { path: { id } }, body: { into, anyway } })),
    onSuccess: ({ conversation, messages }) => {
      settle({ gone: id, open: conversation });
      toast({
        message: t("merge.done", { n: messages.length }),
        action: { label: t("action.undo"), run: () => unmerge.mutate({ host: conversation, merged: id }) },
      });
    },
  });
}

function useUnmerge() {
  const client = useClient();
  const settle = useSettle();
  const i18n = useI18n();
  return useMutation({
    mutationFn: async ({ host, merged }: { host: string; merged: string }) =>
      body(await client.POST("/conversations/{id}/unmerge", { params: { path: { id: host } }, body: { conversation: merged } })),
    onSuccess: ({ conversation }) => {
      settle({ open: conversation });
      toast({ message: i18n.t("merge.undone") });
    },
    onError: (error) => toast({ message: explain(error, i18n), failed: true }),
  });
}

/** Takes messages out into a conversation of their own and opens it; the toast offers the way back. */
export function useSplit(id: string) {
  const client = useClient();
  const settle = useSettle();
  const i18n = useI18n();
  const { t } = i18n;
  const back = useMutation({
    mutationFn: async (from: string) => body(await client.POST("/conversations/{id}/merge", { params: { path: { id: from } }, body: { into: id, anyway: true } })),
    onSuccess: (_moved, from) => settle({ gone: from, open: id }),
    onError: (error) => toast({ message: explain(error, i18n), failed: true }),
  });
  return useMutation({
    mutationFn: async (messages: string[]) => body(await client.POST("/conversations/{id}/split", { params: { path: { id } }, body: { messages } })),
    onSuccess: ({ conversation, messages }) => {
      settle({ open: conversation });
      toast({ message: t("split.done", { n: messages.length }), action: { label: t("action.undo"), run: () => back.mutate(conversation) } });
    },
    onError: (error) => toast({ message: explain(error, i18n), failed: true }),
  });
}

/** Shows what a move made of two conversations: one may be gone, one is opened. */
function useSettle() {
  const queries = useQueryClient();
  const { open } = useInboxState();
  return ({ gone, open: next }: { gone?: string; open: string }) => {
    if (gone) {
      patchRows(queries, new Set([gone]), "remove");
      queries.removeQueries({ queryKey: conversationKey(gone) });
    }
    void queries.invalidateQueries({ queryKey: ["conversation"] });
    void queries.invalidateQueries({ queryKey: pulseKey });
    void invalidateLists(queries);
    open(next, { replace: true });
  };
}

/** A message that is being sent has to stay where it is. */
function sending({ send }: Message): boolean {
  return send?.state === "queued" || send?.state === "sending";
}

/** The ids of the messages that a split may take; none where it may not. */
export function splittable(messages: readonly Message[], chosen: readonly Message[]): string[] {
  if (chosen.length === 0 || chosen.length === messages.length || chosen.some(sending)) return [];
  return chosen.map((message) => message.id);
}
