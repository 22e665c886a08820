import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fill } from "./catalogue";
import * as en from "./en";
import { loadCatalogue } from "./i18n";
import { uiLanguages } from "./language";

const placeholders = (text: string) => [...new Set([...text.matchAll(/\{(\w+)/g)].map((match) => match[1]))].sort();

describe.each(uiLanguages)("the catalogue %s", async (language) => {
  const { text, steps } = await loadCatalogue(language);

  test("has the keys of English, no more and no fewer", () => {
    expect(Object.keys(text).sort()).toEqual(Object.keys(en.text).sort());
    expect(Object.keys(steps).sort()).toEqual(Object.keys(en.steps).sort());
  });

  test("has no empty text", () => {
    expect(Object.entries(text).filter(([, value]) => !value.trim())).toEqual([]);
    expect(Object.entries(steps).filter(([, list]) => list.length === 0 || list.some((step) => !step.trim()))).toEqual([]);
  });

  test("asks for no value that English does not have", () => {
    for (const [key, value] of Object.entries(en.text)) {
      const known = placeholders(value);
      expect(placeholders(text[key as keyof typeof text]).filter((name) => !known.includes(name ?? "")), key).toEqual([]);
    }
  });
});

test("Traditional and Simplified Chinese do not mix scripts", async () => {
  const [hant, hans] = await Promise.all([loadCatalogue("zh-Hant"), loadCatalogue("zh-Hans")]);
  expect(Object.values(hant.text).filter((text) => /[这们对时邮软务检录说请词级]/.test(text))).toEqual([]);
  expect(Object.values(hans.text).filter((text) => /[這們對時郵軟務檢錄說請詞級]/.test(text))).toEqual([]);
});

test("every provider of the server has steps", () => {
  const providers = JSON.parse(readFileSync("../internal/mailbox/providers.json", "utf8")) as { id: string }[];
  expect(providers.map((provider) => provider.id).filter((id) => !Object.hasOwn(en.steps, id))).toEqual([]);
});

describe("fill", () => {
  test("puts values in and groups numbers", () => expect(fill("{n} of {name}", { n: 1200, name: "Kim" }, "en")).toBe("1,200 of Kim"));
  test("chooses the branch for one", () => expect(fill("{n#{n} mail|{n} mails}", { n: 1 }, "en")).toBe("1 mail"));
  test("chooses the branch for many", () => expect(fill("{n#one mail|{n} mails}", { n: 0 }, "en")).toBe("0 mails"));
  test("leaves a placeholder standing whose value is missing", () => expect(fill("to {name}", {}, "en")).toBe("to {name}"));
  test("does not fill what a value brings along", () => expect(fill("{a}", { a: "{b}", b: "x" }, "en")).toBe("{b}"));
});
