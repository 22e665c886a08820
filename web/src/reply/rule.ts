import type { I18n } from "../i18n/i18n";

/** A rule in words: the marketplace's own sentence, else the one for its kind ("amazon.phone" → "phone"). */
export function ruleText(finding: string, { maybe, t }: Pick<I18n, "maybe" | "t">): string {
  const rule = ruleOf(finding);
  return maybe(`rule.${rule}`) ?? maybe(`rule.${rule.split(".").at(-1) ?? ""}`) ?? t("rule.other", { rule });
}

/** The rule of a finding: one about the subject has the same rule with ".subject" behind it. */
export function ruleOf(finding: string): string {
  return finding.replace(/\.subject$/, "");
}
