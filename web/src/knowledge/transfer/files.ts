import { decode, detect, type Encoding } from "./encoding";
import { UnreadableFile, type Draft, type Source } from "./table";

export const formats = ["csv", "xlsx", "md", "docx"] as const;
export type Format = (typeof formats)[number];

/** Larger files are no knowledge base of 5,000 entries. */
const maxBytes = 30 << 20;
const maxRows = 5000;

export interface Opened {
  sources: Source[];
  /** Of text files: the one that was used, so that another can be chosen. */
  encoding?: Encoding;
}

/** Reads a file of any of the formats. The libraries are loaded when they are needed. */
export async function openFile(file: File, encoding?: Encoding): Promise<Opened> {
  const format = formatOf(file.name);
  if (file.size > maxBytes) throw new UnreadableFile("tooLarge");
  const opened = await read(file, format, encoding);
  if (opened.sources.length === 0) throw new UnreadableFile("empty");
  if (opened.sources.length > maxRows) throw new UnreadableFile("tooMany");
  return opened;
}

async function read(file: File, format: Format, chosen: Encoding | undefined): Promise<Opened> {
  if (format === "xlsx") return { sources: await (await import("./xlsx")).fromXlsx(file) };
  if (format === "docx") return { sources: await (await import("./docx")).fromDocx(await file.arrayBuffer()) };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = chosen ?? detect(bytes);
  const text = decode(bytes, encoding);
  if (format === "csv") return { sources: (await import("./csv")).fromCsv(text), encoding };
  return { sources: (await import("./markdown")).fromMarkdown(text), encoding };
}

function formatOf(name: string): Format {
  const ending = name.toLowerCase().split(".").at(-1) ?? "";
  const format = ({ csv: "csv", tsv: "csv", txt: "csv", xlsx: "xlsx", md: "md", markdown: "md", docx: "docx" } as const)[ending];
  if (!format) throw new UnreadableFile("kind");
  return format;
}

/** Writes entries as a file of the format. */
export async function writeFile(drafts: readonly Draft[], format: Format): Promise<Blob> {
  switch (format) {
    case "csv":
      return new Blob([(await import("./csv")).toCsv(drafts)], { type: "text/csv;charset=utf-8" });
    case "md":
      return new Blob([(await import("./markdown")).toMarkdown(drafts)], { type: "text/markdown;charset=utf-8" });
    case "xlsx":
      return (await import("./xlsx")).toXlsx(drafts);
    case "docx":
      return (await import("./docx")).toDocx(drafts);
  }
}
