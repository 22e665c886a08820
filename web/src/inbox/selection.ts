import { useCallback, useMemo, useRef, useState } from "react";
import type { Row } from "./state";

/** Which rows are selected; Shift extends from the one chosen last. Rows that are gone count no more. */
export function useSelection(rows: readonly Row[]) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string>(undefined);

  const toggle = useCallback((row: Row, shift: boolean) => {
    const from = last.current;
    last.current = row.id;
    setChosen((old) => (shift && from ? extended(old, rows, from, row.id) : toggled(old, row.id)));
  }, [rows]);
  const clear = useCallback(() => setChosen(new Set()), []);
  const selected = useMemo(() => rows.filter((row) => chosen.has(row.id)), [rows, chosen]);
  return { ids: chosen, rows: selected, toggle, clear };
}

export function toggled(old: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(old);
  if (!next.delete(id)) next.add(id);
  return next;
}

export function extended(old: ReadonlySet<string>, rows: readonly Row[], from: string, to: string): Set<string> {
  const ends = [from, to].map((id) => rows.findIndex((row) => row.id === id)).sort((a, b) => a - b);
  const [start = -1, end = -1] = ends;
  if (start < 0) return toggled(old, to);
  return new Set([...old, ...rows.slice(start, end + 1).map((row) => row.id)]);
}
