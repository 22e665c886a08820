import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as en from "../i18n/en";

test("every rule of the marketplace check has a sentence", () => {
  const source = readFileSync("../internal/guard/rules.go", "utf8");
  const rules = [...source.matchAll(/"((?:general|amazon|walmart|ebay|newegg|tiktok)\.[a-z_]+)"/g)].map((match) => match[1] ?? "");
  expect(rules.length).toBeGreaterThan(30);
  const unknown = rules.filter((rule) => !Object.hasOwn(en.text, `rule.${rule}`) && !Object.hasOwn(en.text, `rule.${rule.split(".")[1] ?? ""}`));
  expect(unknown).toEqual([]);
});
