import type { I18n } from "../i18n/i18n";

/** A rule in words: the marketplace's own sentence, else the one for its kind ("amazon.phone" → "phone"). */
export function ruleText(rule: string, { maybe, t }: Pick<I18n, "maybe" | "t">): string {
  return maybe(`rule.${rule}`) ?? maybe(`rule.${rule.split(".").at(-1) ?? ""}`) ?? t("rule.other", { rule });
}
