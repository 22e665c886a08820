import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Schema } from "../api/client";
import { ApiError } from "../api/problem";
import type { Upload } from "../compose/attachments";
import type { Recipient } from "../compose/recipients";
import { afterSend, conversationKey, putMessage, type Detail } from "../conversation/conversation";
import { useClient } from "../session/SessionContext";

export type Preview = Schema<"Preview">;
export type Finding = Schema<"Finding">;
export type Confirmation = Schema<"Confirmation">;

export interface PreviewInput {
  text: string;
  language: string;
  history: boolean;
  attachments: Upload[];
}

/** The reply as the buyer would get it. Asked anew whenever text, language or history changes. */
export function usePreview(id: string, input: PreviewInput) {
  const client = useClient();
  return useQuery({
    queryKey: ["preview", id, input],
    queryFn: async ({ signal }) => body(await client.POST("/conversations/{id}/preview", { params: { path: { id } }, body: input, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    enabled: input.text.trim() !== "",
  });
}

export interface Outgoing extends PreviewInput {
  seen: string | undefined;
  suggestion: string | undefined;
  confirmed: Confirmation[];
  anyway: boolean;
  cc: Recipient[];
  bcc: Recipient[];
}

/** Puts a reply into the outbox. One id for the whole dialog: a repeat after a lost answer cannot send twice. */
export function useSend(id: string) {
  const client = useClient();
  const queries = useQueryClient();
  const [requestId] = useState(() => crypto.randomUUID());
  return useMutation({
    mutationFn: async (outgoing: Outgoing) => body(await client.POST("/conversations/{id}/reply", { params: { path: { id } }, body: { requestId, ...outgoing } })),
    onSuccess: (message) => {
      putMessage(queries, id, message);
      queries.setQueryData<Detail>(conversationKey(id), (detail) => detail && { ...detail, conversation: { ...detail.conversation, status: "replied" } });
      afterSend(queries, id);
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 409) void queries.invalidateQueries({ queryKey: conversationKey(id) });
    },
  });
}

/** What keeps a reply from being sent, the first thing first; undefined when nothing does. */
export type Obstacle = "block" | "problem" | "reason" | "check";

const stopping: ReadonlySet<string> = new Set(["translation_needs_model", "translation_budget_spent", "translation_failed", "numbers_differ"]);

export function obstacleOf(preview: Pick<Preview, "findings" | "problems"> | undefined, reasons: ReadonlyMap<string, string>): Obstacle | undefined {
  if (!preview) return "check";
  if (preview.findings.some((finding) => finding.severity === "block")) return "block";
  if (preview.problems.some((problem) => stopping.has(problem))) return "problem";
  const unconfirmed = preview.findings.some((finding) => finding.severity === "warn" && (reasons.get(finding.rule)?.trim().length ?? 0) < 3);
  return unconfirmed ? "reason" : undefined;
}
