import { TextInput } from "@mantine/core";
import { IconAlertTriangle, IconBan } from "@tabler/icons-react";
import { useI18n } from "../i18n/i18n";
import classes from "./Preview.module.css";
import { ruleOf, ruleText } from "./rule";
import type { Finding } from "./send";

interface Props {
  findings: readonly Finding[];
  reasons: ReadonlyMap<string, string>;
  onReason: (rule: string, reason: string) => void;
}

/** What the marketplace check found; a warning goes through with a reason, a block does not. */
export function Findings({ findings, reasons, onReason }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const blocks = findings.filter((finding) => finding.severity === "block");
  const warnings = findings.filter((finding) => finding.severity === "warn");
  // One reason per rule: it is the rule that is confirmed, not each place.
  const rules = [...new Set(warnings.map((finding) => finding.rule))];
  return (
    <>
      {blocks.length > 0 && (
        <section className={classes.findings} data-severity="block" aria-label={t("preview.blocked", { n: blocks.length })}>
          <h3><IconBan size={16} aria-hidden /> {t("preview.blocked", { n: blocks.length })}</h3>
          <ul>{blocks.map((finding, index) => <FindingLine key={index} finding={finding} />)}</ul>
        </section>
      )}
      {rules.length > 0 && (
        <section className={classes.findings} data-severity="warn" aria-label={t("preview.warned", { n: rules.length })}>
          <h3><IconAlertTriangle size={16} aria-hidden /> {t("preview.warned", { n: rules.length })}</h3>
          {rules.map((rule) => (
            <div key={rule}>
              <ul>{warnings.filter((finding) => finding.rule === rule).map((finding, index) => <FindingLine key={index} finding={finding} />)}</ul>
              <TextInput
                size="xs" label={t("preview.reason")} description={t("preview.reason.short")} maxLength={300} required value={reasons.get(rule) ?? ""} aria-label={`${t("preview.reason")} ${ruleText(rule, i18n)}`}
                onChange={(event) => onReason(rule, event.currentTarget.value)}
              />
            </div>
          ))}
        </section>
      )}
    </>
  );
}

function FindingLine({ finding }: { finding: Finding }) {
  const i18n = useI18n();
  return (
    <li data-testid="finding" data-rule={finding.rule}>
      {finding.excerpt && <q>{finding.excerpt}</q>} {ruleText(finding.rule, i18n)}
      {finding.source && <span className={classes.source}> {i18n.t("finding.source", { source: finding.source })}</span>}
      {" "}<a className={classes.source} href={`/marketplace-rules#${ruleOf(finding.rule)}`} target="_blank" rel="noreferrer">{i18n.t("rules.link")}</a>
    </li>
  );
}
