import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { toast } from "../app/toast";
import { body, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { afterSend } from "../conversation/conversation";
import { useI18n, type I18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";

export type Outbox = Schema<"Outbox">;
export type OutboxItem = Schema<"OutboxItem">;

/** Outgoing mail that is not settled, of the mailboxes open to the caller. */
export function useOutbox(every = 5000) {
  const client = useClient();
  return useQuery({
    queryKey: ["outbox"],
    queryFn: async ({ signal }) => body(await client.GET("/outbox", { signal })),
    staleTime: 3000,
    refetchInterval: every,
  });
}

export type Doing = "undo" | "retry" | "arrived";

/** Takes an outgoing mail back, sends it again, or says that it did arrive. */
export function useSettle() {
  const client = useClient();
  const queries = useQueryClient();
  const { t, maybe } = useI18n();
  return useMutation({
    mutationFn: async ({ item, doing }: { item: OutboxItem; doing: Doing }) => {
      const params = { path: { id: item.conversation, message: item.message } };
      switch (doing) {
        case "undo":
          return body(await client.POST("/conversations/{id}/messages/{message}/undo", { params }));
        case "retry":
          return body(await client.POST("/conversations/{id}/messages/{message}/retry", { params }));
        case "arrived":
          return body(await client.POST("/conversations/{id}/messages/{message}/arrived", { params }));
      }
    },
    onSuccess: (_message, { doing }) => toast({ message: t(doing === "undo" ? "send.undone" : doing === "retry" ? "send.retry.done" : "send.arrived.done") }),
    onError: (error) => toast({ message: explain(error, { t, maybe }), failed: true }),
    onSettled: (_message, _error, { item }) => afterSend(queries, item.conversation),
  });
}

/** What may be done with an outgoing mail that is not settled. */
export function doable({ state }: OutboxItem): readonly Doing[] {
  switch (state) {
    case "queued":
      return ["undo"];
    case "unclear":
      return ["arrived", "retry"];
    case "failed":
    case "bounced":
      return ["retry", "undo"];
    case "sending":
      return [];
  }
}

const limitCodes: ReadonlySet<string | undefined> = new Set(["daily_limit", "minute_limit"]);

/** How many mails of a mailbox wait for its provider's limit, and until when; undefined when none does. */
export function waitingFor({ items }: Outbox, mailbox: string) {
  const waiting = items.filter((item) => item.mailbox === mailbox && item.state === "queued" && limitCodes.has(item.code));
  const next = waiting.map((item) => item.due).sort()[0];
  return next === undefined ? undefined : { n: waiting.length, until: next, code: waiting[0]?.code };
}

/** "3 mails wait until 14:00: Gmail takes 500 a day" */
export function waitText(outbox: Outbox, mailbox: string, { t, format }: Pick<I18n, "t" | "format">): string | undefined {
  const waiting = waitingFor(outbox, mailbox);
  if (!waiting) return undefined;
  const limit = outbox.limits.find((one) => one.mailbox === mailbox);
  const values = { n: waiting.n, time: format.clock(waiting.until), provider: limit?.provider ?? "" };
  if (waiting.code === "minute_limit") return limit?.perMinute ? t("outbox.wait.minute", { ...values, limit: limit.perMinute }) : t("outbox.wait.provider", values);
  if (limit?.dailyMessages) return t("outbox.wait.daily", { ...values, limit: limit.dailyMessages });
  if (limit?.dailyRecipients) return t("outbox.wait.recipients", { ...values, limit: limit.dailyRecipients });
  return t("outbox.wait.provider", values);
}
