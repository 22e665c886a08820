import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { body, type Schema } from "../../api/client";
import { useClient } from "../../session/SessionContext";
import { knowledgeKey, type EntryInput } from "../entries";
import { batches, type PlannedRow } from "./plan";
import type { Draft } from "./table";

type Result = Schema<"EntryResult">;

export interface Progress {
  state: "running" | "stopped" | "failed" | "done";
  done: number;
  all: number;
  counts: Record<Result["outcome"], number>;
  failures: { row: number; topic: string; result: Result }[];
  error?: unknown;
}

/** Sends planned rows in batches. It can be stopped and started again: what is stored already is found to be the same. */
export function useImport() {
  const client = useClient();
  const queries = useQueryClient();
  const [progress, setProgress] = useState<Progress>();
  const stopped = useRef<AbortController>(undefined);
  const start = useCallback(
    async (rows: readonly PlannedRow[]) => {
      const stop = new AbortController();
      stopped.current = stop;
      const now: Progress = { state: "running", done: 0, all: rows.length, counts: { added: 0, changed: 0, same: 0, failed: 0 }, failures: [] };
      setProgress({ ...now });
      try {
        for (const batch of batches(rows)) {
          if (stop.signal.aborted) break;
          const results = body(await client.POST("/knowledge/batch", { body: { entries: batch.map((row) => inputOf(row.draft)) } }));
          results.forEach((result, index) => {
            now.counts[result.outcome]++;
            const row = batch[index];
            if (result.outcome === "failed" && row) now.failures.push({ row: row.row, topic: row.draft.topic, result });
          });
          now.done += batch.length;
          setProgress({ ...now });
        }
        setProgress({ ...now, state: now.done < now.all ? "stopped" : "done" });
      } catch (error) {
        setProgress({ ...now, state: "failed", error });
      }
      await queries.invalidateQueries({ queryKey: knowledgeKey });
    },
    [client, queries],
  );
  const stop = useCallback(() => {
    stopped.current?.abort();
  }, []);
  return { progress, start, stop };
}

function inputOf({ language, ...rest }: Draft): EntryInput {
  return language ? { ...rest, language } : rest;
}
