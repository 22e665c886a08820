import { Button, Menu } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { IconDownload } from "@tabler/icons-react";
import { toast } from "../../app/toast";
import { explain } from "../../api/problem";
import { useI18n } from "../../i18n/i18n";
import type { Entry } from "../entries";
import { formats, writeFile, type Format } from "./files";

/** Writes the entries that are shown, all of them when nothing is filtered, as a file. */
export function ExportMenu({ entries, filtered }: { entries: readonly Entry[]; filtered: boolean }) {
  const i18n = useI18n();
  const { t } = i18n;
  const write = useMutation({
    mutationFn: (format: Format) => writeFile(entries, format),
    onSuccess: (file, format) => save(file, `knowledge-${new Date().toISOString().slice(0, 10)}.${format}`),
    onError: (error) => toast({ message: explain(error, i18n), failed: true }),
  });
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default" leftSection={<IconDownload size={16} />} disabled={entries.length === 0} loading={write.isPending}>{t("transfer.export")}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t(filtered ? "transfer.export.shown" : "transfer.export.all", { n: entries.length })}</Menu.Label>
        {formats.map((format) => <Menu.Item key={format} onClick={() => write.mutate(format)}>{t(`transfer.format.${format}`)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
