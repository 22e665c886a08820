import { useQuery } from "@tanstack/react-query";
import { body, type Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

export type MarketplaceRule = Schema<"MarketplaceRule">;

export function useMarketplaceRules() {
  const client = useClient();
  return useQuery({ queryKey: ["marketplace-rules"], queryFn: async ({ signal }) => body(await client.GET("/marketplace-rules", { signal })), staleTime: Infinity });
}
