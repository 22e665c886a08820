import type { UILanguage } from "./language";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Dates, numbers and names in one language of the page, in the reader's time zone. */
export class Format {
  readonly #language: UILanguage;
  readonly #relative: Intl.RelativeTimeFormat;
  readonly #exact: Intl.DateTimeFormat;
  readonly #clock: Intl.DateTimeFormat;
  readonly #day: Intl.DateTimeFormat;
  readonly #dayAndYear: Intl.DateTimeFormat;
  readonly #languages: Intl.DisplayNames;

  constructor(language: UILanguage) {
    this.#language = language;
    this.#relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "narrow" });
    this.#exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });
    this.#clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
    this.#day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
    this.#dayAndYear = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
    this.#languages = new Intl.DisplayNames(language, { type: "language" });
  }

  /** Day and time in full, for a hover. */
  exact(at: string | Date): string {
    return this.#exact.format(new Date(at));
  }

  clock(at: string | Date): string {
    return this.#clock.format(new Date(at));
  }

  /** The day, with the year only where it is not this year's. */
  day(at: string | Date, now: number): string {
    const date = new Date(at);
    return (date.getFullYear() === new Date(now).getFullYear() ? this.#day : this.#dayAndYear).format(date);
  }

  /** How long ago, or how soon: the largest unit that fits. */
  ago(at: string | Date, now: number): string {
    const distance = new Date(at).getTime() - now;
    const size = Math.abs(distance);
    if (size < minute) return this.#relative.format(0, "second");
    if (size < hour) return this.#relative.format(Math.trunc(distance / minute), "minute");
    if (size < day) return this.#relative.format(Math.trunc(distance / hour), "hour");
    return this.#relative.format(Math.trunc(distance / day), "day");
  }

  /** The age of a list row: the time today, the weekday's distance this week, else the day. */
  age(at: string | Date, now: number): string {
    const distance = now - new Date(at).getTime();
    return distance < 7 * day ? this.ago(at, now) : this.day(at, now);
  }

  /** A span in one unit, or two where the second still matters, e.g. "22h", "3h 12m", "2d 4h". */
  span(milliseconds: number): string {
    const minutes = Math.floor(Math.abs(milliseconds) / minute);
    const units: [number, "day" | "hour" | "minute"][] = [
      [Math.floor(minutes / 1440), "day"],
      [Math.floor((minutes % 1440) / 60), "hour"],
      [minutes % 60, "minute"],
    ];
    const first = units.findIndex(([count]) => count > 0);
    if (first < 0) return this.#unit(0, "minute");
    const length = minutes >= 600 && minutes < 1440 ? 1 : 2;
    return units.slice(first, first + length).filter(([count]) => count > 0).map(([count, unit]) => this.#unit(count, unit)).join(" ");
  }

  #unit(count: number, unit: "day" | "hour" | "minute"): string {
    return new Intl.NumberFormat(this.#language, { style: "unit", unit, unitDisplay: this.#language === "en" ? "narrow" : "short" }).format(count);
  }

  /** A share from 0 to 1. */
  percent(share: number): string {
    return new Intl.NumberFormat(this.#language, { style: "percent" }).format(share);
  }

  bytes(size: number): string {
    const [value, unit] = size < 1000 * 1000 ? [Math.max(1, Math.round(size / 1000)), "kilobyte"] : [size / 1e6, "megabyte"];
    return new Intl.NumberFormat(this.#language, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
  }

  /** An amount of micro-dollars; small ones with the digits that say something. */
  dollars(micro: number): string {
    const value = micro / 1e6;
    return new Intl.NumberFormat(this.#language, { style: "currency", currency: "USD", maximumFractionDigits: value !== 0 && value < 1 ? 4 : 2 }).format(value);
  }

  count(value: number): string {
    return new Intl.NumberFormat(this.#language).format(value);
  }

  list(names: readonly string[]): string {
    return new Intl.ListFormat(this.#language).format(names);
  }

  /** The name of a mail's language, the tag itself where it has none. */
  language(tag: string): string {
    try {
      return this.#languages.of(tag) ?? tag;
    } catch {
      return tag;
    }
  }
}
