/** E-mail addresses, order, item, tracking and telephone numbers, street addresses: what belongs to one buyer. */
const patterns = [
  /[^\s<>(),;]+@[\p{L}\p{N}.-]+\.\p{L}+/gu,
  /(?<![\p{L}\p{N}])(?=(?:[\p{L}-]*\d){6})[\p{Lu}\d][\p{Lu}\d]*(?:[ -]?[\p{Lu}\d]+)*(?![\p{L}\p{N}])/gu,
  /(?<=\b(?:Hello|Hi|Dear|Hallo|Liebe|Lieber|Bonjour|Hola|Ciao|Olá)\s+)\p{Lu}\p{L}+/gu,
  /\b\d{1,5}\s+(?:[A-Z][\p{L}.]*\s+){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Boulevard|Blvd|Way)\b/gu,
  /[\p{L}.]+(?:straße|strasse|weg|gasse|platz)\s+\d+\w?/giu,
  /\p{Script=Han}{2,6}(?:路|街|巷)(?:\d+|[一二三四五六七八九十]+)[段巷弄號号]?/gu,
];

/** Finds in a text what should not stay in the knowledge base: the names given, and what looks like somebody's data. */
export function personalData(text: string, names: readonly string[]): string[] {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[0].trim()));
  const said = names.flatMap((name) => [name, ...name.split(/\s+/u)]).filter((name) => name.length > 2 && standsIn(text, name));
  return [...new Set([...said, ...found])].slice(0, 12);
}

function standsIn(text: string, name: string): boolean {
  const at = text.toLowerCase().indexOf(name.toLowerCase());
  if (at < 0) return false;
  const joins = (character: string | undefined) => character !== undefined && /[a-z\u00C0-\u024F]/iu.test(character);
  return !joins(text[at - 1]) && !joins(text[at + name.length]);
}
