import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "../app/toast";
import { body, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import { mailboxesKey, type Mailbox } from "./mailboxes";

export type Binding = Schema<"MailboxBinding">;
export type Recognition = Schema<"Recognition">;
export type ConnectionTest = Schema<"ConnectionTest">;
export type MailboxChange = Schema<"MailboxChange">;
export type Endpoint = Schema<"Endpoint">;

export function useRecognise() {
  const client = useClient();
  return useMutation({ mutationFn: async (asked: { address: string; provider?: string }) => body(await client.POST("/mailboxes/recognise", { body: asked })) });
}

export function useConnectionTest() {
  const client = useClient();
  return useMutation({ mutationFn: async (binding: Binding) => body(await client.POST("/mailboxes/test", { body: binding })) });
}

export function useBind() {
  const client = useClient();
  const put = usePutMailbox();
  return useMutation({ mutationFn: async (binding: Binding) => body(await client.POST("/mailboxes", { body: binding })), onSuccess: put });
}

export function useChangeMailbox(mailbox: string) {
  const client = useClient();
  const put = usePutMailbox();
  return useMutation({
    mutationFn: async (change: MailboxChange) => body(await client.PATCH("/mailboxes/{mailbox}", { params: { path: { mailbox } }, body: change })),
    onSuccess: put,
  });
}

export function useUnbind(mailbox: string) {
  const client = useClient();
  const put = usePutMailbox();
  return useMutation({
    mutationFn: async (confirm: string) => body(await client.DELETE("/mailboxes/{mailbox}", { params: { path: { mailbox }, query: { confirm } } })),
    onSuccess: put,
  });
}

export function useSync(mailbox: string) {
  const client = useClient();
  const queries = useQueryClient();
  const i18n = useI18n();
  return useMutation({
    mutationFn: () => client.POST("/mailboxes/{mailbox}/sync", { params: { path: { mailbox } } }),
    onSuccess: () => toast({ message: i18n.t("mailbox.synced") }),
    onError: (error) => toast({ message: explain(error, i18n), failed: true }),
    onSettled: () => queries.invalidateQueries({ queryKey: mailboxesKey }),
  });
}

/** Shows the changed mailbox at once, and asks for the true list. */
function usePutMailbox() {
  const queries = useQueryClient();
  return (mailbox: Mailbox) => {
    queries.setQueryData<Mailbox[]>(mailboxesKey, (known = []) =>
      known.some((one) => one.id === mailbox.id) ? known.map((one) => (one.id === mailbox.id ? mailbox : one)) : [...known, mailbox],
    );
    void queries.invalidateQueries({ queryKey: mailboxesKey });
  };
}
