/** A range of a text in UTF-16 units, with what it is marked for. */
export interface Range<T> {
  start: number;
  end: number;
  mark: T;
}

export interface Piece<T> {
  text: string;
  marks: readonly T[];
}

/** Cuts a text at every border of the ranges, so that each piece carries all the marks over it. */
export function piecesOf<T>(text: string, ranges: readonly Range<T>[]): Piece<T>[] {
  const inside = ranges
    .map(({ start, end, mark }) => ({ start: clamp(start, text), end: clamp(end, text), mark }))
    .filter(({ start, end }) => end > start);
  const borders = [...new Set([0, text.length, ...inside.flatMap(({ start, end }) => [start, end])])].sort((a, b) => a - b);
  return borders.slice(1).map((end, index) => {
    const start = borders[index] ?? 0;
    return { text: text.slice(start, end), marks: inside.filter((range) => range.start <= start && range.end >= end).map((range) => range.mark) };
  });
}

function clamp(offset: number, text: string): number {
  return Math.min(Math.max(offset, 0), text.length);
}

/** Where each of the words stands in a text, every time, not inside longer numbers or words. */
export function placesOf(text: string, words: readonly string[]): Range<string>[] {
  return words.filter(Boolean).flatMap((word) => {
    const found: Range<string>[] = [];
    for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
      if (standsAlone(text, at, at + word.length)) found.push({ start: at, end: at + word.length, mark: word });
    }
    return found;
  });
}

function standsAlone(text: string, start: number, end: number): boolean {
  const joins = (a: string, b: string) => /[\p{L}\p{N}]{2}/u.test(a + b) && /[\p{N}a-z]/iu.test(a) && /[\p{N}a-z]/iu.test(b);
  return !joins(text.charAt(start - 1), text.charAt(start)) && !joins(text.charAt(end - 1), text.charAt(end));
}
