// Prints what a browser loads before the inbox shows: the entry, what it imports
// statically, the inbox and one language. Fails when the JavaScript of it is over budget.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";

const budget = 350 * 1024;
const dist = "dist";
const firstLoad = ["index.html", "src/inbox/InboxPage.tsx", "src/i18n/zh-Hant/index.ts"];

/** @typedef {{ file: string, imports?: string[], css?: string[] }} Chunk */
/** @type {Record<string, Chunk>} */
const manifest = JSON.parse(await readFile(join(dist, ".vite/manifest.json"), "utf8"));

const files = new Set();
/** @param {string} key */
function collect(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`the build has no chunk ${key}`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const next of chunk.imports ?? []) collect(next);
}
firstLoad.forEach(collect);

const total = { js: { raw: 0, gzip: 0, brotli: 0 }, css: { raw: 0, gzip: 0, brotli: 0 } };
for (const file of [...files].sort()) {
  const path = join(dist, file);
  const kind = file.endsWith(".css") ? total.css : total.js;
  const [raw, gzip, brotli] = await Promise.all([path, `${path}.gz`, `${path}.br`].map(async (p) => (await stat(p)).size));
  kind.raw += raw ?? 0;
  kind.gzip += gzip ?? 0;
  kind.brotli += brotli ?? 0;
  console.log(line(file, raw ?? 0, gzip ?? 0, brotli ?? 0));
}
for (const [kind, sum] of Object.entries(total)) console.log(line(`first load, ${kind}`, sum.raw, sum.gzip, sum.brotli));
if (total.js.gzip > budget) {
  console.error(`over the budget of ${kb(budget)} gzip`);
  process.exitCode = 1;
}

/** @param {string} name @param {number} raw @param {number} gzip @param {number} brotli */
function line(name, raw, gzip, brotli) {
  return `${name.padEnd(48)} ${kb(raw)} raw ${kb(gzip)} gzip ${kb(brotli)} brotli`;
}

/** @param {number} bytes */
function kb(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(7)} KB`;
}
