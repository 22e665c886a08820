import Papa from "papaparse";
import { fromTable, toTable, UnreadableFile, type Draft, type Source } from "./table";

/** A cell that begins like a formula is run by spreadsheets; an apostrophe before it keeps it a text. */
const formula = /^'*[=+\-@\t\r]/;

export function toCsv(drafts: readonly Draft[]): string {
  const rows = toTable(drafts).map((row) => row.map((cell) => (formula.test(cell) ? `'${cell}` : cell)));
  return `\uFEFF${Papa.unparse(rows, { newline: "\r\n" })}`;
}

export function fromCsv(text: string): Source[] {
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ""), { skipEmptyLines: false });
  if (errors.some((error) => error.type === "Quotes")) throw new UnreadableFile("broken");
  return fromTable(data.map((row) => row.map((cell) => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell))));
}
