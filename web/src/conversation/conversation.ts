import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { toast } from "../app/toast";
import { body, type Client, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { invalidateLists, patchRows } from "../inbox/list";
import type { Row } from "../inbox/state";
import { useClient } from "../session/SessionContext";

export type Conversation = Schema<"Conversation">;
export type Detail = Schema<"ConversationDetail">;
export type Message = Schema<"Message">;
export type Dispatch = Schema<"Dispatch">;
export type LabelCorrection = Schema<"LabelCorrection">;

export function conversationKey(id: string) {
  return ["conversation", id] as const;
}

function options(client: Client, id: string) {
  return {
    queryKey: conversationKey(id),
    queryFn: async ({ signal }: { signal: AbortSignal }) => body(await client.GET("/conversations/{id}", { params: { path: { id } }, signal })),
  };
}

export function useConversation(id: string) {
  const client = useClient();
  return useQuery({
    ...options(client, id),
    // A mail on its way changes state within seconds, one that waits for a limit within hours.
    refetchInterval: (query) => (query.state.data?.messages.some(isUnderway) ? 1500 : query.state.data?.messages.some(waits) ? 15_000 : false),
  });
}

function isUnderway({ send }: Message): boolean {
  return (send?.state === "queued" && !send.code) || send?.state === "sending";
}

function waits({ send }: Message): boolean {
  return send?.state === "queued";
}

/** Fetches a conversation that is about to be opened. */
export function useConversationPrefetch() {
  const client = useClient();
  const queries = useQueryClient();
  return useCallback((id: string) => void queries.query({ ...options(client, id), staleTime: 15_000 }).catch(() => undefined), [client, queries]);
}

/** The row of a conversation, as far as a change needs it. */
export function rowOf({ id, mailbox, store, buyer, subject, status, labels, clock, assignee, lastAt, sorted, version }: Conversation): Row {
  return {
    id, mailbox, store, buyer: buyer.name ?? buyer.address ?? "", subject, status, at: lastAt, sorted, version,
    due: clock?.due, assignee, category: labels.category.value || undefined, priority: labels.priority.value as Row["priority"],
  };
}

export function putMessage(queries: QueryClient, id: string, message: Message): void {
  queries.setQueryData<Detail>(conversationKey(id), (detail) => {
    if (!detail) return detail;
    const known = detail.messages.some((one) => one.id === message.id);
    const messages = known ? detail.messages.map((one) => (one.id === message.id ? message : one)) : [...detail.messages, message];
    return { ...detail, messages };
  });
}

export function useCorrection(id: string) {
  const client = useClient();
  const queries = useQueryClient();
  const { t, maybe } = useI18n();
  return useMutation({
    mutationFn: async (correction: LabelCorrection) => body(await client.PATCH("/conversations/{id}/labels", { params: { path: { id } }, body: correction })),
    onSuccess: (conversation) => {
      queries.setQueryData<Detail>(conversationKey(id), (detail) => detail && { ...detail, conversation });
      patchRows(queries, new Set([id]), rowLabels(conversation));
    },
    onError: (error) => toast({ message: `${t("done.failed")}. ${explain(error, { t, maybe })}`, failed: true }),
  });
}

function rowLabels({ labels }: Conversation): Partial<Row> {
  return {
    type: labels.type.value as Row["type"], category: labels.category.value, intent: labels.intent.value as Row["intent"],
    priority: labels.priority.value as Row["priority"], sentiment: labels.sentiment.value as Row["sentiment"], language: labels.language.value,
  };
}

/** Takes a queued reply back; `onText` gets its text. */
export function useUndoSend(id: string, onText: (message: Message) => void) {
  const client = useClient();
  const queries = useQueryClient();
  const { t, maybe } = useI18n();
  return useMutation({
    mutationFn: async (message: string) => body(await client.POST("/conversations/{id}/messages/{message}/undo", { params: { path: { id, message } } })),
    onSuccess: (message) => {
      putMessage(queries, id, message);
      onText(message);
      toast({ message: t("send.undone") });
    },
    onError: (error) => toast({ message: explain(error, { t, maybe }), failed: true }),
    onSettled: () => afterSend(queries, id),
  });
}

export function useRetrySend(id: string) {
  const client = useClient();
  const queries = useQueryClient();
  const { t, maybe } = useI18n();
  return useMutation({
    mutationFn: async (message: string) => body(await client.POST("/conversations/{id}/messages/{message}/retry", { params: { path: { id, message } } })),
    onSuccess: (message) => {
      putMessage(queries, id, message);
      toast({ message: t("send.retry.done") });
    },
    onError: (error) => toast({ message: explain(error, { t, maybe }), failed: true }),
    onSettled: () => afterSend(queries, id),
  });
}

/** Settles an unclear mail by the reader's word: it did arrive. */
export function useArrived(id: string) {
  const client = useClient();
  const queries = useQueryClient();
  const { t, maybe } = useI18n();
  return useMutation({
    mutationFn: async (message: string) => body(await client.POST("/conversations/{id}/messages/{message}/arrived", { params: { path: { id, message } } })),
    onSuccess: (message) => {
      putMessage(queries, id, message);
      toast({ message: t("send.arrived.done") });
    },
    onError: (error) => toast({ message: explain(error, { t, maybe }), failed: true }),
    onSettled: () => afterSend(queries, id),
  });
}

/** Sending and taking back move a conversation between the tabs. */
export function afterSend(queries: QueryClient, id: string): void {
  void queries.invalidateQueries({ queryKey: conversationKey(id) });
  void queries.invalidateQueries({ queryKey: ["pulse"] });
  void queries.invalidateQueries({ queryKey: ["outbox"] });
  void invalidateLists(queries);
}
