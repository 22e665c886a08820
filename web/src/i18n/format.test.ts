import { expect, test } from "vitest";
import { Format } from "./format";

const hour = 3_600_000;
const now = Date.parse("2026-03-14T12:00:00Z");

test.each([
  ["en", 3 * hour + 12 * 60_000, "3h 12m"],
  ["en", 22 * hour + 50 * 60_000, "22h"],
  ["en", 52 * hour, "2d 4h"],
  ["en", 30_000, "0m"],
  ["en", -90 * 60_000, "1h 30m"],
  ["zh-Hant", 5 * 60_000, "5 分鐘"],
] as const)("in %s a span of %i ms reads %s", (language, span, expected) => {
  expect(new Format(language).span(span)).toBe(expected);
});

test("an age of more than a week is the day, with its year when it is another", () => {
  const format = new Format("en");
  expect(format.age("2026-03-01T00:00:00Z", now)).toBe("Mar 1");
  expect(format.age("2025-03-01T00:00:00Z", now)).toBe("Mar 1, 2025");
});

test("a language that has no name is shown by its tag", () => {
  expect(new Format("en").language("not a tag")).toBe("not a tag");
  expect(new Format("zh-Hant").language("de")).toBe("德文");
});
