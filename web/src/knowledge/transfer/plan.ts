import { columns, type Draft, type Source } from "./table";

export type RowState = "new" | "changed" | "same" | "error";
export type RowError = "noTopic" | "noAnswer" | "topicLong" | "answerLong" | "categoryLong" | "store" | "language" | "twice";

export interface PlannedRow {
  row: number;
  draft: Draft;
  state: RowState;
  errors: { error: RowError; value?: string }[];
}

/** Names that a store or a language may be written by, each with its id. */
export type Names = ReadonlyMap<string, string>;

interface Known {
  entries: readonly Draft[];
  stores: Names;
  languages: Names;
}

export const plain = (text: string) => text.normalize("NFKC").trim().toLowerCase().replaceAll(/\s+/gu, " ");

/** What an import would do with each row: as the server does it, so that nothing comes as a surprise. */
export function plan(sources: readonly Source[], known: Known): PlannedRow[] {
  const stored = new Map(known.entries.map((entry) => [placeOf(entry), entry]));
  const seen = new Set<string>();
  return sources.map(({ row, draft: read }) => {
    const { draft, errors } = resolved(read, known);
    const place = placeOf(draft);
    if (errors.length === 0 && seen.has(place)) errors.push({ error: "twice" });
    seen.add(place);
    if (errors.length > 0) return { row, draft, state: "error", errors };
    const before = stored.get(place);
    return { row, draft, state: !before ? "new" : sameEntry(before, draft) ? "same" : "changed", errors };
  });
}

function placeOf({ category, topic, language }: Draft): string {
  return [plain(category), plain(topic), language].join("\u0000");
}

function sameEntry(a: Draft, b: Draft): boolean {
  return columns.every((column) => JSON.stringify(a[column]) === JSON.stringify(b[column]));
}

/** Finds the ids of stores and language, and says what cannot be taken. */
function resolved(read: Draft, { stores, languages }: Known): Pick<PlannedRow, "draft" | "errors"> {
  const errors: PlannedRow["errors"] = [];
  if (!read.topic) errors.push({ error: "noTopic" });
  if (!read.answer) errors.push({ error: "noAnswer" });
  if (Array.from(read.topic).length > 300) errors.push({ error: "topicLong" });
  if (Array.from(read.answer).length > 8000) errors.push({ error: "answerLong" });
  if (Array.from(read.category).length > 120) errors.push({ error: "categoryLong" });
  const found = read.stores.map((name) => {
    const id = stores.get(plain(name));
    if (!id) errors.push({ error: "store", value: name });
    return id ?? name;
  });
  const language = read.language ? languages.get(plain(read.language)) : "";
  if (language === undefined) errors.push({ error: "language", value: read.language });
  return { draft: { ...read, stores: [...new Set(found)], language: language ?? read.language }, errors };
}

/** Cuts rows into batches that the server takes: a number of entries and a size. */
export function batches(rows: readonly PlannedRow[], most = 100, bytes = 600_000): PlannedRow[][] {
  const out: PlannedRow[][] = [];
  let size = 0;
  for (const row of rows) {
    const own = new TextEncoder().encode(JSON.stringify(row.draft)).length;
    const last = out.at(-1);
    if (!last || last.length >= most || size + own > bytes) {
      out.push([row]);
      size = own;
    } else {
      last.push(row);
      size += own;
    }
  }
  return out;
}
