import { expect, test } from "vitest";
import { fill, type Key } from "../i18n/catalogue";
import * as en from "../i18n/en";
import { Format } from "../i18n/format";
import { reasonOf } from "./reason";

const t = (key: Key, values = {}) => fill(en.text[key], values, "en");
const i18n = { t, maybe: (key: string, values = {}) => (Object.hasOwn(en.text, key) ? t(key as Key, values) : undefined), format: new Format("en") };

test.each([
  ["priority", { value: "high", source: "estimate", reason: { code: "words", detail: "refund" } }, "High: mentions “refund” · estimate by rules"],
  ["priority", { value: "high", source: "estimate", reason: { code: "intent", detail: "claim" } }, "High: follows from the intent “Claim” · estimate by rules"],
  ["category", { value: "VIP", source: "hand", reason: { code: "hand", detail: "Mei" } }, "VIP: set by Mei · by hand"],
  ["language", { value: "de", source: "model", reason: { code: "model", detail: "Written in German." } }, "German: Written in German. · by the model"],
  ["intent", { value: "other", source: "rule", reason: { code: "novel", detail: "x" } }, "Other: novel x · by a rule"],
] as const)("the reason of a %s label", (name, label, expected) => {
  expect(reasonOf(name, label, i18n)).toBe(expected);
});
