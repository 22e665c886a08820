import { Fragment } from "react";
import { useI18n } from "../i18n/i18n";
import classes from "./Preview.module.css";

interface Props {
  from: string;
  to: readonly string[];
  cc: readonly string[];
  bcc: readonly string[];
  subject: string;
  files: readonly { name: string; size: number }[];
}

/** Who a mail comes from and goes to, and what it carries. */
export function Envelope({ from, to, cc, bcc, subject, files }: Props) {
  const { t, format } = useI18n();
  const lines = [
    { label: t("preview.from"), value: from }, { label: t("preview.to"), value: to.join(", "), testId: "preview-to" },
    { label: t("preview.cc"), value: cc.join(", ") }, { label: t("preview.bcc"), value: bcc.join(", ") }, { label: t("preview.subject"), value: subject },
    { label: t("preview.attachments"), value: files.map((file) => `${file.name} (${format.bytes(file.size)})`).join(", "), testId: "preview-files" },
  ];
  return (
    <dl className={classes.envelope}>
      {lines.filter((line) => line.value !== "").map(({ label, value, testId }) => (
        <Fragment key={label}><dt>{label}</dt><dd data-testid={testId} dir="auto">{value}</dd></Fragment>
      ))}
    </dl>
  );
}
