import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { body } from "../api/client";
import { useClient } from "../session/SessionContext";

const visible = 2000;
const hidden = 30_000;

export const pulseKey = ["pulse"] as const;

/** Counters and the mark that changes with every change, asked every two seconds while somebody looks. */
export function usePulse() {
  const client = useClient();
  return useQuery({
    queryKey: pulseKey,
    queryFn: async ({ signal }) => body(await client.GET("/pulse", { signal })),
    refetchInterval: () => (document.visibilityState === "visible" ? visible : hidden),
    refetchIntervalInBackground: true,
    refetchOnWindowFocus: "always",
    staleTime: 0,
    retry: false,
  });
}

/** Runs when the mark has changed since it was last seen. */
export function useOnChange(refresh: () => void): void {
  const mark = usePulse().data?.mark;
  const seen = useRef<string>(undefined);
  useEffect(() => {
    if (mark === undefined || mark === seen.current) return;
    if (seen.current !== undefined) refresh();
    seen.current = mark;
  }, [mark, refresh]);
}

/** Asks at once, after a change of one's own. */
export function useAskPulse(): () => void {
  const queries = useQueryClient();
  return () => void queries.invalidateQueries({ queryKey: pulseKey });
}
