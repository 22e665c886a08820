import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Schema } from "../api/client";
import { afterSend } from "../conversation/conversation";
import { useClient } from "../session/SessionContext";
import { recipientOf } from "./recipients";
import type { Upload } from "./attachments";

export type MailPreview = Schema<"MailPreview">;
export type SentMail = Schema<"SentMail">;

/** A mail in the making, as it is kept on this device. */
export interface Draft {
  mailbox: string;
  to: string[];
  cc: string[];
  bcc: string[];
  subject: string;
  text: string;
  language: string;
  files: Upload[];
  /** Which files of the original a forward takes along. */
  original: number[];
}

/** The mail that a forward passes on. */
export interface Original {
  conversation: string;
  message: string;
}

export function mailOf(draft: Draft, original: Original | undefined): Schema<"Mail"> {
  return {
    mailbox: draft.mailbox, to: draft.to.map(recipientOf), cc: draft.cc.map(recipientOf), bcc: draft.bcc.map(recipientOf), subject: draft.subject, text: draft.text,
    language: draft.language, attachments: draft.files, ...(original ? { forward: { ...original, attachments: draft.original } } : {}),
  };
}

/** The mail as it would go out. */
export function useMailPreview(mail: Schema<"Mail">) {
  const client = useClient();
  return useQuery({
    queryKey: ["mail-preview", mail],
    queryFn: async ({ signal }) => body(await client.POST("/mails/preview", { body: mail, signal })),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 60_000,
    retry: false,
  });
}

/** Puts a mail into the outbox. One id for the whole dialog: a repeat after a lost answer cannot send twice. */
export function useSendMail() {
  const client = useClient();
  const queries = useQueryClient();
  const [requestId] = useState(() => crypto.randomUUID());
  return useMutation({
    mutationFn: async (mail: Schema<"Mail">) => body(await client.POST("/mails", { body: { ...mail, requestId } })),
    onSuccess: (sent) => afterSend(queries, sent.conversation),
  });
}
