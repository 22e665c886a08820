import { joinList, splitList } from "./list";
import { lines, tidyCategory, UnreadableFile, type Draft, type Source } from "./table";

/** A line of a text with headings: Markdown or a Word document. */
export interface Line {
  row: number;
  /** Of a heading, from 1. */
  level?: number;
  text: string;
}

/** Categories deeper than this stand in the facts: there are six levels of headings, and the topic takes one. */
const deepest = 4;

const fact = /^(category|language|stores|protected): /;
const between = " · ";

/** The facts of an entry that are neither its topic nor its answer, on one line; "" when there are none. */
export function factsOf(draft: Draft): string {
  const deep = draft.category.split("/").length > deepest;
  return [
    deep && `category: ${draft.category}`,
    draft.language && `language: ${draft.language}`,
    draft.stores.length > 0 && `stores: ${joinList(draft.stores)}`,
    draft.protected.length > 0 && `protected: ${joinList(draft.protected)}`,
  ].filter(Boolean).join(between);
}

/** Reads a line of facts; undefined when it is none. */
export function readFacts(line: string): Partial<Draft> | undefined {
  const parts = line.split(between);
  if (!parts.every((part) => fact.test(part))) return undefined;
  const of = (name: string) => parts.find((part) => part.startsWith(`${name}: `))?.slice(name.length + 2).trim() ?? "";
  return {
    ...(of("category") ? { category: tidyCategory(of("category")) } : {}),
    language: of("language"), stores: splitList(of("stores")), protected: splitList(of("protected")),
  };
}

/** The headings to write before an entry, given the entry before it: only the levels that change. */
export function headings(draft: Draft, before: Draft | undefined): { level: number; text: string }[] {
  const levels = levelsOf(draft);
  const previous = before ? levelsOf(before) : [];
  const same = levels.findIndex((level, index) => level !== previous[index]);
  const from = same < 0 ? levels.length : same;
  return [...levels.slice(from).map((text, index) => ({ level: from + index + 1, text })), { level: levels.length + 1, text: draft.topic }];
}

function levelsOf({ category }: Draft): string[] {
  const levels = category ? category.split("/") : [];
  return levels.length > deepest ? [] : levels;
}

/** Entries in the order an outline needs: those without a category first. */
export function ordered(drafts: readonly Draft[]): Draft[] {
  return drafts.toSorted((a, b) => levelsOf(a).join("/").localeCompare(levelsOf(b).join("/")));
}

/** Reads an outline: a heading with text below it is a topic, one without is a category. */
export function fromOutline(all: readonly Line[]): Source[] {
  const sources: Source[] = [];
  const path: string[] = [];
  all.forEach((line, index) => {
    if (!line.level) return;
    const end = all.findIndex((next, at) => at > index && next.level);
    const below = all.slice(index + 1, end < 0 ? undefined : end);
    const answers = below.some((next) => next.text.trim() !== "");
    const deeper = end >= 0 && (all[end]?.level ?? 0) > line.level;
    path.length = Math.min(path.length, line.level - 1);
    if (!answers && deeper) {
      while (path.length < line.level - 1) path.push("");
      path.push(line.text.trim());
      return;
    }
    const first = below.findIndex((next) => next.text.trim() !== "");
    const facts = readFacts(below[first]?.text.trim() ?? "");
    const rest = facts ? below.toSpliced(first, 1) : below;
    const draft: Draft = { category: path.filter(Boolean).join("/"), topic: line.text.trim(), answer: lines(rest.map((next) => next.text).join("\n")), protected: [], stores: [], language: "", ...facts };
    sources.push({ row: line.row, draft });
  });
  if (sources.length === 0) throw new UnreadableFile("noHeader");
  return sources;
}
