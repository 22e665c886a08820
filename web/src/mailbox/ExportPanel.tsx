import { Alert, Button, Progress, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useNow } from "../inbox/useNow";
import { percentOf, useDownload, useStartExport, type Export } from "./exports";
import classes from "./Mailbox.module.css";
import type { Mailbox } from "./mailboxes";

/** Begins an export, shows how far it is, and hands out its files. */
export function ExportPanel({ mailbox }: { mailbox: Mailbox }) {
  const i18n = useI18n();
  const { t } = i18n;
  const start = useStartExport(mailbox.id);
  const current = mailbox.export;
  return (
    <>
      <Text size="sm" mb="md">{t("export.why")}</Text>
      {current?.state === "running" && <ExportProgress current={current} />}
      {current?.state === "done" && <Files mailbox={mailbox.id} current={current} />}
      {current?.state === "failed" && <Alert color="red" role="alert" mb="sm">{t("export.failed")}</Alert>}
      {start.isError && <Alert color="red" role="alert" mb="sm">{explain(start.error, i18n)}</Alert>}
      {current?.state !== "running" && (
        <Button variant={current?.state === "done" ? "default" : "filled"} loading={start.isPending} onClick={() => start.mutate()}>
          {t(current?.state === "done" ? "export.again" : "export.start")}
        </Button>
      )}
    </>
  );
}

/** A bar with the numbers beside it. */
export function ExportProgress({ current }: { current: Export }) {
  const { t } = useI18n();
  const { done, total } = current;
  return (
    <div className={classes.progress} role="status" data-testid="export-progress">
      <Progress value={percentOf(current)} aria-label={t("export.running")} animated={total === 0} />
      <span>{total > 0 ? t("export.progress", { done, total }) : t("export.counting")}</span>
    </div>
  );
}

function Files({ mailbox, current: { files, expiresAt } }: { mailbox: string; current: Export }) {
  const { t, format } = useI18n();
  const now = useNow(60_000);
  const download = useDownload(mailbox);
  return (
    <>
      <Text size="sm" fw={500}>{t("export.done", { n: files.length })}{expiresAt && ` · ${t("export.until", { day: format.day(expiresAt, now) })}`}</Text>
      <ul className={classes.files}>
        {files.map(({ name, bytes }) => (
          <li key={name}>
            <Button
              size="compact-sm" variant="subtle" leftSection={<IconDownload size={15} />} loading={download.isPending && download.variables === name}
              onClick={() => download.mutate(name)} aria-label={t("export.download", { name, size: format.bytes(bytes) })}
            >
              {name}
            </Button>
            <span className={classes.quiet}>{format.bytes(bytes)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
