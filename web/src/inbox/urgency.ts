import type { Row } from "./state";

const hour = 3_600_000;

/** A row counts as urgent from this many hours before its answer is due. */
export const urgentHours = 8;

export type Pressure = "late" | "soon" | "calm";

export interface TimeLeft {
  pressure: Pressure;
  /** Milliseconds until the answer is due; negative once it is overdue. */
  milliseconds: number;
}

/** How the response clock stands, undefined where none runs. */
export function timeLeft(due: string | undefined, now: number): TimeLeft | undefined {
  if (!due) return undefined;
  const milliseconds = new Date(due).getTime() - now;
  if (Number.isNaN(milliseconds)) return undefined;
  if (milliseconds < 0) return { pressure: "late", milliseconds };
  return { pressure: milliseconds <= urgentHours * hour ? "soon" : "calm", milliseconds };
}

export interface Quadrant {
  urgent: boolean;
  important: boolean;
}

/** The four, in the order the board shows them. */
export const quadrants: readonly Quadrant[] = [
  { urgent: true, important: true },
  { urgent: false, important: true },
  { urgent: true, important: false },
  { urgent: false, important: false },
];

/**
 * Where a row stands: urgent by its response clock; important by priority, or by
 * an unhappy buyer unless the priority is low.
 */
export function quadrantOf(row: Pick<Row, "due" | "priority" | "sentiment">, now: number): Quadrant {
  const left = timeLeft(row.due, now);
  const unhappy = row.sentiment === "negative" || row.sentiment === "very_negative";
  return {
    urgent: left !== undefined && left.pressure !== "calm",
    important: row.priority === "high" || (unhappy && row.priority !== "low"),
  };
}
