import { expect, it } from "vitest";
import { treeOf, within } from "./tree";

it("counts a category with all below it", () => {
  expect(treeOf(["Shipping/Canada", "", "Shipping", "Returns", "Shipping/Canada"])).toEqual([
    { path: "Returns", name: "Returns", depth: 0, count: 1 },
    { path: "Shipping", name: "Shipping", depth: 0, count: 3 },
    { path: "Shipping/Canada", name: "Canada", depth: 1, count: 2 },
  ]);
});

it("puts what is in a category before a name that only begins alike", () => {
  expect(treeOf(["商品問題", "商品/燈", "商品"]).map((category) => category.path)).toEqual(["商品", "商品/燈", "商品問題"]);
});

it("keeps names apart that begin alike", () => {
  expect(within("Shipping/Canada", "Shipping")).toBe(true);
  expect(within("Shippings", "Shipping")).toBe(false);
});
