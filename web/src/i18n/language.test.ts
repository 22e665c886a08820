import { expect, test } from "vitest";
import { fromBrowser } from "./language";

test.each([
  [["zh-TW", "en"], "zh-Hant"],
  [["zh-HK"], "zh-Hant"],
  [["zh-Hant-MY"], "zh-Hant"],
  [["zh-CN"], "zh-Hans"],
  [["zh"], "zh-Hans"],
  [["zh-SG"], "zh-Hans"],
  [["de-DE", "zh-TW"], "zh-Hant"],
  [["en-AU", "zh-TW"], "en"],
  [["de", "fr"], "en"],
  [[], "en"],
] as const)("browser languages %j give %s", (tags, expected) => {
  expect(fromBrowser(tags)).toBe(expected);
});
