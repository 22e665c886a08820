import { readSheet } from "read-excel-file/universal";
import writeExcelFile from "write-excel-file/universal";
import { fromTable, toTable, UnreadableFile, type Draft, type Source } from "./table";

export async function toXlsx(drafts: readonly Draft[]): Promise<Blob> {
  const rows = toTable(drafts).map((row, index) => row.map((value) => ({ value, type: String, wrap: true, ...(index === 0 ? { fontWeight: "bold" as const } : {}) })));
  return writeExcelFile(rows, { columns: [18, 40, 80, 24, 24, 12].map((width) => ({ width })) }).toBlob();
}

export async function fromXlsx(file: Blob): Promise<Source[]> {
  let rows: readonly (readonly unknown[])[];
  try {
    rows = await readSheet(file, { trim: false });
  } catch {
    throw new UnreadableFile("broken");
  }
  return fromTable(rows.map((row) => row.map(textOf)));
}

function textOf(cell: unknown): string {
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  return typeof cell === "string" || typeof cell === "number" || typeof cell === "boolean" ? String(cell) : "";
}
