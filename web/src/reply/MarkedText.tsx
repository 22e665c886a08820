import { IconBan, IconAlertTriangle } from "@tabler/icons-react";
import { useMemo } from "react";
import { useI18n } from "../i18n/i18n";
import { piecesOf, placesOf, type Range } from "./marks";
import classes from "./Preview.module.css";
import { ruleText } from "./rule";
import type { Finding } from "./send";

interface Props {
  text: string;
  language: string;
  findings: readonly Finding[];
  amounts: readonly string[];
}

type Mark = Finding | "amount";

/** A text with its findings and amounts marked, each with a sign and words, not by colour alone. */
export function MarkedText({ text, language, findings, amounts }: Props) {
  const i18n = useI18n();
  const pieces = useMemo(() => {
    const ranges: Range<Mark>[] = [
      ...findings.map((finding) => ({ start: finding.start, end: finding.end, mark: finding })),
      ...placesOf(text, amounts).map(({ start, end }) => ({ start, end, mark: "amount" as const })),
    ];
    return piecesOf(text, ranges);
  }, [text, findings, amounts]);
  return (
    <p lang={language} dir="auto">
      {pieces.map((piece, index) => {
        const found = piece.marks.filter((mark) => mark !== "amount").toSorted((a, b) => a.severity.localeCompare(b.severity))[0];
        if (!found) return piece.marks.length > 0 ? <span key={index} className={classes.amount} title={i18n.t("preview.amounts")}>{piece.text}</span> : piece.text;
        // Borders of amounts cut a finding into pieces; its sign stands before the first.
        const begins = !pieces[index - 1]?.marks.includes(found);
        const Sign = found.severity === "block" ? IconBan : IconAlertTriangle;
        return (
          <mark key={index} className={classes.finding} data-severity={found.severity} title={ruleText(found.rule, i18n)}>
            {begins && <Sign size={12} aria-hidden />}{piece.text}
          </mark>
        );
      })}
    </p>
  );
}
