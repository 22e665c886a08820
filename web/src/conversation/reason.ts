import type { Schema } from "../api/client";
import type { I18n } from "../i18n/i18n";
import type { Key } from "../i18n/catalogue";

export type Label = Schema<"Label">;
export type LabelName = "type" | "category" | "intent" | "priority" | "sentiment" | "language";

export const labelNames: readonly LabelName[] = ["intent", "priority", "sentiment", "category", "type", "language"];

/** The value of a label in the reader's language; own categories stand for themselves. */
export function valueOf(name: LabelName, value: string, { t, maybe, format }: Pick<I18n, "t" | "maybe" | "format">): string {
  if (!value) return t("label.none");
  if (name === "language") return format.language(value);
  return maybe(`${name === "category" ? "type" : name}.${value}`) ?? value;
}

/** One line that says why: "High: mentions “refund” · estimate by rules". */
export function reasonOf(name: LabelName, label: Label, i18n: Pick<I18n, "t" | "maybe" | "format">): string {
  const { code, detail = "" } = label.reason;
  const shown = isLabelName(code) ? valueOf(code, detail, i18n) : detail;
  const reason = i18n.maybe(`reason.${code}`, { detail: shown }) ?? i18n.t("reason.unknown", { code, detail });
  const source: Key = `source.${label.source}`;
  return i18n.t("reason.line", { value: valueOf(name, label.value, i18n), reason, source: i18n.t(source) });
}

function isLabelName(code: string): code is LabelName {
  return labelNames.some((name) => name === code);
}
