import { useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "../app/toast";
import { body, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import { mailboxesKey, type Mailbox } from "./mailboxes";

export type Export = Schema<"Export">;

export function useStartExport(mailbox: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => body(await client.POST("/mailboxes/{mailbox}/export", { params: { path: { mailbox } } })),
    onSuccess: (begun) => {
      queries.setQueryData<Mailbox[]>(mailboxesKey, (known) => known?.map((one) => (one.id === mailbox ? { ...one, export: begun } : one)));
      void queries.invalidateQueries({ queryKey: mailboxesKey });
    },
  });
}

/** Downloads one file of an export by a link that is good for minutes. */
export function useDownload(mailbox: string) {
  const client = useClient();
  const i18n = useI18n();
  return useMutation({
    mutationFn: async (name: string) => body(await client.GET("/mailboxes/{mailbox}/export/files/{name}", { params: { path: { mailbox, name } } })),
    onSuccess: ({ url }) => {
      // The answer is an attachment: the browser saves it and the page stays.
      const link = document.createElement("a");
      link.href = url;
      link.rel = "noreferrer";
      link.click();
    },
    onError: (error) => toast({ message: explain(error, i18n), failed: true }),
  });
}

/** The share of a running export that is written, in per cent. */
export function percentOf({ done, total }: Pick<Export, "done" | "total">): number {
  return total > 0 ? Math.min(100, (100 * done) / total) : 0;
}
