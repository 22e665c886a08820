import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { body, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type Spending = Schema<"Spending">;

/** What the models cost in a month, written as 2026-11; without one, in this. */
export function useSpending(month?: string, enabled = true) {
  const client = useClient();
  return useQuery({
    queryKey: ["spending", month],
    queryFn: async ({ signal }) => body(await client.GET("/spending", { params: { query: month ? { month } : {} }, signal })),
    enabled,
    staleTime: 60_000,
    refetchInterval: 5 * 60_000,
  });
}

export function useSetBudget() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (microDollars: number | undefined) =>
      body(await client.PUT("/spending", { body: microDollars === undefined ? {} : { monthlyMicroDollars: microDollars } })),
    onSuccess: (spending) => {
      queries.setQueryData(["spending", undefined], spending);
      void queries.invalidateQueries({ queryKey: ["spending"] });
    },
  });
}

/** The last twelve months, this one first. */
export function recentMonths(now: Date): string[] {
  return Array.from({ length: 12 }, (_, back) => {
    const at = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back, 1));
    return at.toISOString().slice(0, 7);
  });
}
