import { joinList, splitList } from "./list";

/** An entry on its way in or out. */
export interface Draft {
  category: string;
  topic: string;
  answer: string;
  protected: string[];
  stores: string[];
  language: string;
}

export const columns = ["category", "topic", "answer", "protected", "stores", "language"] as const;
export type Column = (typeof columns)[number];

/** What the columns may be called, in English and both Chinese scripts; compared without case and spaces. */
const names: Record<Column, readonly string[]> = {
  category: ["category", "folder", "分類", "分类", "類別", "类别", "目錄", "目录"],
  topic: ["topic", "question", "title", "主題", "主题", "問題", "问题", "標題", "标题"],
  answer: ["answer", "text", "content", "reply", "答案", "回答", "內容", "内容", "答覆", "答复"],
  protected: ["protectedterms", "protected", "terms", "保護詞", "保护词", "保護用語", "保护用语", "不翻譯", "不翻译", "專有名詞", "专有名词"],
  stores: ["stores", "store", "shops", "shop", "店鋪", "店铺", "商店", "賣場", "卖场"],
  language: ["language", "lang", "語言", "语言", "語種", "语种"],
};

const plain = (text: string) => text.normalize("NFKC").toLowerCase().replaceAll(/[\s_\-*:：]/gu, "");

function columnOf(header: string): Column | undefined {
  return columns.find((column) => names[column].includes(plain(header)));
}

/** One row of a file as it stands there, with the number a person counts to find it. */
export interface Source {
  row: number;
  draft: Draft;
}

export class UnreadableFile extends Error {
  readonly code: "empty" | "noHeader" | "broken" | "tooMany" | "kind" | "tooLarge";

  constructor(code: UnreadableFile["code"]) {
    super(code);
    this.code = code;
  }
}

/** Reads a table whose first row names the columns. Empty rows are left out. */
export function fromTable(rows: readonly (readonly string[])[]): Source[] {
  const start = rows.findIndex((row) => row.some((cell) => cell.trim() !== ""));
  const header = rows[start]?.map(columnOf);
  if (!header) throw new UnreadableFile("empty");
  if (!header.includes("topic") || !header.includes("answer")) throw new UnreadableFile("noHeader");
  const cell = (row: readonly string[], column: Column) => row[header.indexOf(column)] ?? "";
  return rows.slice(start + 1).flatMap((row, index) => {
    if (row.every((one) => one.trim() === "")) return [];
    const draft: Draft = {
      category: tidyCategory(cell(row, "category")), topic: cell(row, "topic").trim(), answer: lines(cell(row, "answer")),
      protected: splitList(cell(row, "protected")), stores: splitList(cell(row, "stores").replaceAll(/[,，、]/gu, ";")), language: cell(row, "language").trim(),
    };
    return [{ row: start + index + 2, draft }];
  });
}

export function tidyCategory(path: string): string {
  return path.split("/").map((level) => level.trim()).filter(Boolean).join("/");
}

export function lines(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").trim();
}

export function toTable(drafts: readonly Draft[]): string[][] {
  const header = ["category", "topic", "answer", "protected terms", "stores", "language"];
  return [header, ...drafts.map((draft) => [draft.category, draft.topic, draft.answer, joinList(draft.protected), joinList(draft.stores), draft.language])];
}
