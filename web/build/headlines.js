// Writes the headlines of the offline engine into the catalogues: one file tells
// the engine and the page what a suggestion would do, so they cannot disagree.
import { readFile, writeFile } from "node:fs/promises";

/** @type {Record<string, Record<string, string>>} */
const headlines = JSON.parse(await readFile("../internal/offline/headlines.json", "utf8"));

for (const language of ["en", "zh-Hant", "zh-Hans"]) {
  const lines = Object.entries(headlines).map(([key, texts]) => `  ${JSON.stringify(key)}: ${JSON.stringify(texts[language])},`);
  const text = ["// Made by `npm run generate` from internal/offline/headlines.json. Do not edit.", "export const suggest = {", ...lines, "} as const;", ""];
  await writeFile(`src/i18n/${language}/suggest.gen.ts`, text.join("\n"));
}
