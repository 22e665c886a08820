import { useQuery } from "@tanstack/react-query";
import { body } from "../api/client";
import { useClient } from "../session/SessionContext";

/** How often an unfinished draft is asked for, in milliseconds. */
const pace = 400;

/** The text of a draft so far, while its request runs and after it broke off; undefined before the first words. */
export function usePartialDraft(conversation: string, requestId: string | undefined, running: boolean): string | undefined {
  const client = useClient();
  const partial = useQuery({
    queryKey: ["partial", conversation, requestId],
    queryFn: async ({ signal }) =>
      body(await client.GET("/conversations/{id}/draft/{requestId}", { params: { path: { id: conversation, requestId: requestId ?? "" } }, signal })).text,
    enabled: requestId !== undefined && running,
    refetchInterval: pace,
    retry: false,
  });
  return partial.data || undefined;
}
