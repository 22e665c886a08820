import type { Schema } from "../api/client";

export type Fold = Schema<"Fold">;

export interface Part {
  kind: "text" | Fold["kind"];
  text: string;
}

/**
 * Splits a text at its folds. Offsets are UTF-16 units, as in JavaScript strings;
 * folds that overlap or leave the text are cut to what is left, never lost text.
 */
export function partsOf(text: string, folds: readonly Fold[]): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const fold of folds.toSorted((a, b) => a.start - b.start)) {
    const start = Math.min(Math.max(fold.start, at), text.length);
    const end = Math.min(fold.end, text.length);
    if (end <= start) continue;
    push(parts, "text", text.slice(at, start));
    push(parts, fold.kind, text.slice(start, end));
    at = end;
  }
  push(parts, "text", text.slice(at));
  return parts;
}

function push(parts: Part[], kind: Part["kind"], text: string): void {
  const trimmed = text.replace(/^\s*\n|\s+$/g, "");
  if (trimmed) parts.push({ kind, text: trimmed });
}
