import { factsOf, fromOutline, headings, ordered, type Line } from "./outline";
import type { Draft, Source } from "./table";

/** A line of an answer that would be read as a heading or as facts gets a backslash before it. */
const special = /^\\*(#|<!--)/;

export function toMarkdown(drafts: readonly Draft[]): string {
  const list = ordered(drafts);
  return list.map((draft, index) => {
    const heads = headings(draft, list[index - 1]).map(({ level, text }) => `${"#".repeat(level)} ${text}`);
    const facts = factsOf(draft);
    const answer = draft.answer.split("\n").map((line) => (special.test(line) ? `\\${line}` : line)).join("\n");
    return [...heads, ...(facts ? [`<!-- ${facts} -->`] : []), answer].join("\n\n");
  }).join("\n\n") + "\n";
}

export function fromMarkdown(text: string): Source[] {
  let fenced = false;
  const all = text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n").split("\n").map((line, index): Line => {
    if (/^\s{0,3}(```|~~~)/.test(line)) fenced = !fenced;
    const heading = fenced ? null : /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (heading) return { row: index + 1, level: heading[1]?.length ?? 1, text: heading[2] ?? "" };
    const facts = /^<!-- (.*) -->$/.exec(line);
    return { row: index + 1, text: facts ? (facts[1] ?? "") : line.replace(/^\\(?=\\*(#|<!--))/, "") };
  });
  return fromOutline(all);
}
