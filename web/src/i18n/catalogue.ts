import type * as en from "./en";

/** A key of the catalogue; English is the type of every language. */
export type Key = keyof typeof en.text;
/** A mail provider that has instructions of its own. */
export type Provider = keyof typeof en.steps;

export type Texts = Readonly<Record<Key, string>>;
export type Steps = Readonly<Record<Provider, readonly string[]>>;
export interface Catalogue {
  readonly text: Texts;
  readonly steps: Steps;
}

/** The part of a catalogue that one file of a language holds. */
export type Part<English> = Readonly<Record<keyof English, string>>;

export type Values = Readonly<Record<string, string | number>>;

const placeholder = /\{(\w+)(?:#([^{}|]*(?:\{\w+\}[^{}|]*)*)\|([^{}|]*(?:\{\w+\}[^{}|]*)*))?\}/g;

/**
 * Fills a text: `{name}` is replaced by the value, `{n#one|many}` by the branch
 * for one or for another number (all that the three languages of the page need). A value that is missing
 * leaves its placeholder standing, so that the mistake is seen.
 */
export function fill(text: string, values: Values, language: string): string {
  return text.replace(placeholder, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined || many === undefined) return shown(value, language);
    return fill(value === 1 ? one : many, values, language);
  });
}

function shown(value: string | number, language: string): string {
  return typeof value === "number" ? new Intl.NumberFormat(language).format(value) : value;
}
