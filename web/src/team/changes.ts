import { useMutation, useQueryClient } from "@tanstack/react-query";
import { body, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type Member = Schema<"Member">;

const key = ["members"] as const;

/** Invites a person or changes their role. */
export function usePutMember() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (member: Member) => body(await client.PUT("/members", { body: member })),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
}

export function useRemoveMember() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (email: string) => client.DELETE("/members/{email}", { params: { path: { email } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: key }),
  });
}
