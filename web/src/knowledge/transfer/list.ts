/** Joins terms with ";"; one that holds the separator or a quote is quoted. */
export function joinList(terms: readonly string[]): string {
  return terms.map((term) => (/[;"]|^\s|\s$/.test(term) ? `"${term.replaceAll('"', '""')}"` : term)).join("; ");
}

/** Reads what joinList wrote; also terms on lines of their own, and between Chinese separators. */
export function splitList(text: string): string[] {
  const terms = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^;；\n]*))\s*(?:[;；\n]|$)/gu)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain?.trim() ?? "");
  return [...new Set(terms.filter(Boolean))];
}
