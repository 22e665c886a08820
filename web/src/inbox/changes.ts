import { useMutation, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { toast } from "../app/toast";
import { body, type Client, type Schema } from "../api/client";
import { explain } from "../api/problem";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import { invalidateLists, patchRows, snapshot } from "./list";
import { pulseKey } from "./pulse";
import type { Priority, Row, Status } from "./state";

export type Action = Schema<"BulkChange">["action"];

export interface Change {
  rows: readonly Row[];
  action: Action;
  value?: string;
}

/** At most so many conversations take one change; the API's limit. */
export const changeLimit = 100;

/**
 * Changes conversations: the lists show it at once, a toast offers the way back,
 * and a refusal puts everything as it was.
 */
export function useChange() {
  const client = useClient();
  const queries = useQueryClient();
  const { t, maybe } = useI18n();

  const mutation = useMutation({
    mutationFn: (change: Change) => send(client, change),
    onMutate: (change) => {
      const restore = snapshot(queries);
      patchRows(queries, new Set(change.rows.map((row) => row.id)), patchOf(change));
      countAgain(queries, change);
      return restore;
    },
    onError: (error, _change, restore) => {
      restore?.();
      toast({ message: `${t("done.failed")}. ${explain(error, { t, maybe })}`, failed: true });
    },
    onSuccess: (failed, change) => {
      const n = change.rows.length;
      if (failed > 0) toast({ message: t("done.partly", { failed, n }), failed: true });
    },
    onSettled: (_failed, _error, change) => {
      void invalidateLists(queries);
      void queries.invalidateQueries({ queryKey: pulseKey });
      for (const row of change.rows) void queries.invalidateQueries({ queryKey: ["conversation", row.id] });
    },
  });

  return (change: Change) => {
    if (change.rows.length === 0) return;
    const back = inverse(change);
    mutation.mutate(change, {
      onSuccess: (failed) => {
        if (failed === change.rows.length) return;
        const undo = () => back.forEach((one) => mutation.mutate(one));
        const message = t(doneKeys[change.action], { n: change.rows.length - failed });
        toast(back.length > 0 ? { message, action: { label: t("action.undo"), run: undo } } : { message });
      },
    });
  };
}

const doneKeys: Readonly<Record<Action, Key>> = {
  no_reply: "done.no_reply", reopen: "done.reopen", assign: "done.assign", priority: "done.priority", category: "done.category", delete: "done.delete",
};

/** Sends one change and counts the conversations that refused it. */
async function send(client: Client, { rows, action, value }: Change): Promise<number> {
  const ids = rows.map((row) => row.id);
  const results = body(await client.POST("/conversations/bulk", { body: { ids, action, ...(value === undefined ? {} : { value }) } }));
  return results.filter((result) => !result.ok).length;
}

export function patchOf({ action, value }: Pick<Change, "action" | "value">): Partial<Row> | "remove" {
  switch (action) {
    case "no_reply":
      return { status: "no_reply", due: undefined };
    case "reopen":
      return { status: "awaiting" };
    case "assign":
      return { assignee: value || undefined };
    case "priority":
      return { priority: value as Priority };
    case "category":
      return { category: value };
    case "delete":
      return "remove";
  }
}

/** The changes that bring back what was before; none where there is no way back. */
export function inverse({ rows, action }: Change): Change[] {
  switch (action) {
    case "no_reply":
      return rows.every((row) => row.status === "awaiting") ? [{ rows, action: "reopen" }] : [];
    case "reopen":
      return rows.every((row) => row.status === "no_reply") ? [{ rows, action: "no_reply" }] : [];
    case "assign":
      return byFormer(rows, action, (row) => row.assignee ?? "");
    case "priority":
      return byFormer(rows, action, (row) => row.priority);
    case "category":
      return byFormer(rows, action, (row) => row.category);
    case "delete":
      return [];
  }
}

function byFormer(rows: readonly Row[], action: Action, former: (row: Row) => string | undefined): Change[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const value = former(row);
    if (value === undefined) return [];
    groups.set(value, [...(groups.get(value) ?? []), row]);
  }
  return [...groups].map(([value, group]) => ({ rows: group, action, value }));
}

type Counts = Schema<"Counts">;

/** Moves the counters at once, until the next pulse tells the true ones. */
function countAgain(queries: QueryClient, { rows, action }: Change): void {
  queries.setQueryData<Schema<"Pulse">>(pulseKey, (pulse) => pulse && { ...pulse, counts: counted(pulse.counts, rows, action) });
}

function counted(counts: Counts, rows: readonly Row[], action: Action): Counts {
  const next = { ...counts };
  const to: Partial<Record<Action, Status>> = { no_reply: "no_reply", reopen: "awaiting" };
  const target = to[action];
  if (action !== "delete" && !target) return counts;
  for (const row of rows) {
    next[row.status] = Math.max(0, next[row.status] - 1);
    if (target) next[target] += 1;
    else next.all = Math.max(0, next.all - 1);
  }
  return next;
}
