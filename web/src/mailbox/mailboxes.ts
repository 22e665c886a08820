import { useQuery } from "@tanstack/react-query";
import { body, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type Mailbox = Schema<"Mailbox">;

export const mailboxesKey = ["mailboxes"] as const;

/** The mailboxes open to the caller, with how their reading stands. */
export function useMailboxes() {
  const client = useClient();
  return useQuery({
    queryKey: mailboxesKey,
    queryFn: async ({ signal }) => body(await client.GET("/mailboxes", { signal })),
    staleTime: 30_000,
    // What is being read or deleted is worth watching.
    refetchInterval: (query) => (query.state.data?.some(({ state, export: running }) => state !== "ok" || running?.state === "running") ? 3000 : 15_000),
  });
}
