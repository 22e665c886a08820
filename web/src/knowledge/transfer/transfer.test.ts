import { describe, expect, it } from "vitest";
import { fromCsv, toCsv } from "./csv";
import { detect } from "./encoding";
import { formats, openFile, writeFile } from "./files";
import { joinList, splitList } from "./list";
import { fromMarkdown } from "./markdown";
import { batches, plan } from "./plan";
import { fromTable, UnreadableFile, type Draft } from "./table";

const draft = (topic: string, rest: Partial<Draft> = {}): Draft => ({ category: "", topic, answer: "Yes.", protected: [], stores: [], language: "", ...rest });

const entries: Draft[] = [
  draft("No category"),
  draft("How long?", { category: "Shipping", answer: "# not a heading\n\n- step one\n- step two\n\\# neither\n<!-- nor facts -->", language: "en-US" }),
  draft("=SUM(A1)", { category: "Shipping/Canada", answer: "@formula\n+1 and -1", stores: ["amazon_ca", "ebay_ca"] }),
  draft("退貨要幾天？", { category: "退貨/一般", answer: "30 天內，「請」保留收據；謝謝", protected: ["Lumen; Haus", "LH-20", 'a "b"'], language: "zh-Hant" }),
  draft("ส่งคืนอย่างไร", { category: "a/b/c/d/e", answer: "'quoted, with commas\"", protected: ["Luma"] }),
  draft("Last", { category: "Shipping", answer: "Line one\n\n\nline four" }),
];

const byTopic = (list: readonly Draft[]) => list.toSorted((a, b) => a.topic.localeCompare(b.topic));

describe("export, then import", () => {
  for (const format of formats) {
    it(`gives the same entries as ${format}`, async () => {
      const file = new File([await writeFile(entries, format)], `knowledge.${format}`);
      const { sources } = await openFile(file);
      expect(byTopic(sources.map((source) => source.draft))).toEqual(byTopic(entries));
    });
  }

  it("neutralises formulas in CSV", () => {
    for (const cell of toCsv([draft("=cmd", { answer: "@x" })]).split(/[,\r\n]+/)) expect(cell).not.toMatch(/^["\uFEFF]*[=+\-@]/);
  });
});

describe("reading", () => {
  it("knows Chinese headers, numbers rows as a person does and leaves empty ones out", () => {
    expect(fromTable([["主題", "答案", "分类", "店铺"], ["", "", "", ""], ["運費", "免運", " 配送 / 一般 ", "Amazon.com、eBay.com"]])).toEqual([
      { row: 3, draft: draft("運費", { answer: "免運", category: "配送/一般", stores: ["Amazon.com", "eBay.com"] }) },
    ]);
  });

  it("takes semicolons and tabs between the cells", () => {
    expect(fromCsv("topic;answer\nA;B")[0]?.draft.answer).toBe("B");
    expect(fromCsv("topic\tanswer\nA\tB")[0]?.draft.answer).toBe("B");
  });

  it("takes headings without text as categories", () => {
    expect(fromMarkdown("# Shipping\n## Canada\n### Duties?\nPaid.\n# Alone\nYes.").map(({ draft: { category, topic } }) => [category, topic])).toEqual([["Shipping/Canada", "Duties?"], ["", "Alone"]]);
  });

  const encoded: [string, number[], string][] = [
    ["UTF-16 with a mark", [0xff, 0xfe, 0x74, 0x00], "utf-16le"],
    ["UTF-8", [...new TextEncoder().encode("退貨")], "utf-8"],
    // 請問退貨的商品 in Big5, 请问退货的商品 in GBK
    ["Big5", [0xbd, 0xd0, 0xb0, 0xdd, 0xb0, 0x68, 0xb3, 0x66, 0xaa, 0xba, 0xb0, 0xd3, 0xab, 0x7e], "big5"],
    ["GBK", [0xc7, 0xeb, 0xce, 0xca, 0xcd, 0xcb, 0xbb, 0xf5, 0xb5, 0xc4, 0xc9, 0xcc, 0xc6, 0xb7], "gb18030"],
    ["Latin", [0x52, 0xfc, 0x63, 0x6b, 0x67, 0x61, 0x62, 0x65], "windows-1252"],
  ];
  for (const [name, bytes, encoding] of encoded) it(`detects ${name}`, () => expect(detect(new Uint8Array(bytes))).toBe(encoding));

  const broken: [string, string, BlobPart, string][] = [
    ["another kind", "a.pdf", "%PDF", "kind"],
    ["a workbook that is none", "a.xlsx", "no zip", "broken"],
    ["a document that is none", "a.docx", "no zip", "broken"],
    ["an empty table", "a.csv", "\n\n", "empty"],
    ["no header", "a.csv", "a,b\nc,d", "noHeader"],
    ["a header alone", "a.csv", "topic,answer", "empty"],
    ["no headings", "a.md", "only text", "noHeader"],
    ["too many rows", "a.csv", `topic,answer\n${"a,b\n".repeat(5001)}`, "tooMany"],
  ];
  for (const [name, file, content, code] of broken) {
    it(`refuses ${name}`, async () => {
      await expect(openFile(new File([content], file))).rejects.toEqual(new UnreadableFile(code as UnreadableFile["code"]));
    });
  }

  it("keeps lists", () => {
    const terms = ["a", "b; c", 'd "e"', "f"];
    expect(splitList(joinList(terms))).toEqual(terms);
    expect(splitList("x\ny；z;;")).toEqual(["x", "y", "z"]);
  });
});

describe("the plan", () => {
  const known = { entries: [draft("Same"), draft("Other", { answer: "old" })], stores: new Map([["amazon.com", "amazon_com"]]), languages: new Map([["german", "de"], ["de", "de"]]) };
  it("says what becomes of each row", () => {
    const rows = [draft("same"), draft("Other"), draft("New", { stores: ["Amazon.com"], language: "German" }), draft("new", { language: "de" }), draft("", { stores: ["Moon"], language: "Elvish" })];
    const planned = plan(rows.map((one, row) => ({ row, draft: one })), known);
    expect(planned.map((one) => one.state)).toEqual(["changed", "changed", "new", "error", "error"]);
    expect(planned[2]?.draft).toMatchObject({ stores: ["amazon_com"], language: "de" });
    expect(planned[3]?.errors).toEqual([{ error: "twice" }]);
    expect(planned[4]?.errors).toEqual([{ error: "noTopic" }, { error: "store", value: "Moon" }, { error: "language", value: "Elvish" }]);
    expect(plan([{ row: 1, draft: draft("Same") }], known)[0]?.state).toBe("same");
  });

  it("cuts batches by number and size", () => {
    const rows = plan(Array.from({ length: 250 }, (_, row) => ({ row, draft: draft(`t${row}`) })), known);
    expect(batches(rows).map((batch) => batch.length)).toEqual([100, 100, 50]);
    expect(batches(rows.slice(0, 3), 100, 10).map((batch) => batch.length)).toEqual([1, 1, 1]);
  });
});
