import { useEffect, useRef, useState } from "react";
import type { Schema } from "../api/client";
import { useClient } from "../session/SessionContext";

const every = 15_000;

/** Says that the caller is here, and whether they write; answers who else is. */
export function usePresence(id: string, writing: boolean): readonly Schema<"Presence">[] {
  const client = useClient();
  const [others, setOthers] = useState<readonly Schema<"Presence">[]>([]);
  const now = useRef(writing);

  useEffect(() => {
    now.current = writing;
    const mark = () =>
      client.PUT("/conversations/{id}/presence", { params: { path: { id } }, body: { writing: now.current } }).then(
        ({ data }) => data && setOthers(data),
        () => undefined, // presence is a courtesy: its failure must not disturb
      );
    void mark();
    const timer = setInterval(() => void mark(), every);
    return () => clearInterval(timer);
  }, [client, id, writing]);

  useEffect(
    () => () => {
      void client.PUT("/conversations/{id}/presence", { params: { path: { id } }, body: { writing: false, leaving: true }, keepalive: true }).catch(() => undefined);
    },
    [client, id],
  );
  return others;
}
