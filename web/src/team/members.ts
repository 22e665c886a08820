import { useQuery } from "@tanstack/react-query";
import { body } from "../api/client";
import { useClient } from "../session/SessionContext";

/** Everybody in the organisation: for assigning, for names, and for the team page. */
export function useMembers() {
  const client = useClient();
  return useQuery({
    queryKey: ["members"],
    queryFn: async ({ signal }) => body(await client.GET("/members", { signal })),
    staleTime: 5 * 60_000,
  });
}
