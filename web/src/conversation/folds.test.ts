import { describe, expect, test } from "vitest";
import { partsOf } from "./folds";

describe("the parts of a text", () => {
  test("follow its folds", () => {
    const text = "Hello\n\n> quoted\n\n--\nMei";
    expect(partsOf(text, [{ start: 17, end: 23, kind: "signature" }, { start: 7, end: 16, kind: "quoted" }])).toEqual([
      { kind: "text", text: "Hello" },
      { kind: "quoted", text: "> quoted" },
      { kind: "signature", text: "--\nMei" },
    ]);
  });

  test("count in UTF-16 units, as the API does", () => {
    const text = "😀ok> q";
    expect(partsOf(text, [{ start: 4, end: 7, kind: "quoted" }])).toEqual([{ kind: "text", text: "😀ok" }, { kind: "quoted", text: "> q" }]);
  });

  test("lose nothing to folds that overlap or leave the text", () => {
    const parts = partsOf("abcdef", [{ start: 2, end: 4, kind: "quoted" }, { start: 3, end: 99, kind: "signature" }, { start: -5, end: 1, kind: "quoted" }]);
    expect(parts.map((part) => part.text).join("")).toBe("abcdef");
  });

  test("keep the indent of the first line", () => expect(partsOf("\n  a\n", [])).toEqual([{ kind: "text", text: "  a" }]));
});
