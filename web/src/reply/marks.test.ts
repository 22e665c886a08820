import { describe, expect, test } from "vitest";
import { piecesOf, placesOf } from "./marks";

describe("cutting a text at its marks", () => {
  test("keeps every letter and lets marks overlap", () => {
    const pieces = piecesOf("refund of $42.90 now", [{ start: 0, end: 16, mark: "finding" }, { start: 10, end: 16, mark: "amount" }]);
    expect(pieces).toEqual([
      { text: "refund of ", marks: ["finding"] },
      { text: "$42.90", marks: ["finding", "amount"] },
      { text: " now", marks: [] },
    ]);
  });

  test("ignores empty ranges and cuts those that leave the text", () => {
    expect(piecesOf("abc", [{ start: 1, end: 1, mark: 1 }, { start: 2, end: 50, mark: 2 }]).map(({ text, marks }) => [text, marks.length])).toEqual([["ab", 0], ["c", 1]]);
  });

  test("has nothing to show of an empty text", () => expect(piecesOf("", [{ start: 0, end: 3, mark: 1 }])).toEqual([]));
});

describe("finding words in a text", () => {
  test("finds every place", () => expect(placesOf("$5 and $5", ["$5"]).map(({ start }) => start)).toEqual([0, 7]));
  test("does not find a number inside a longer one", () => expect(placesOf("order 1145, 14, 141", ["14"]).map(({ start }) => start)).toEqual([12]));
  test("finds a number that Han text touches", () => expect(placesOf("在14天內", ["14"])).toHaveLength(1));
});
