import { ActionIcon, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconPaperclip, IconRefresh, IconX } from "@tabler/icons-react";
import { useRef, type ClipboardEvent, type DragEvent } from "react";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import type { Attached, Attachments } from "./attachments";
import classes from "./Compose.module.css";

/** Opens the system's dialog for files. */
export function AttachButton({ attachments }: { attachments: Attachments }) {
  const { t } = useI18n();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Tooltip label={t("attach.add")}>
        <ActionIcon variant="subtle" color="gray" aria-label={t("attach.add")} onClick={() => input.current?.click()}><IconPaperclip size={17} /></ActionIcon>
      </Tooltip>
      <input
        ref={input} type="file" multiple hidden aria-hidden tabIndex={-1} data-testid="attach-input"
        onChange={(event) => {
          attachments.add(event.currentTarget.files ?? []);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** The attached files, how far they are, and what went wrong. */
export function AttachmentList({ attachments }: { attachments: Attachments }) {
  const { t } = useI18n();
  if (attachments.files.length === 0) return null;
  return (
    <ul className={classes.files} aria-label={t("attach.list")}>
      {attachments.files.map((file) => (
        <li key={file.key}><FileChip file={file} onRemove={() => attachments.remove(file.key)} onRetry={() => attachments.retry(file.key)} /></li>
      ))}
    </ul>
  );
}

interface ChipProps {
  file: Attached;
  onRemove: () => void;
  onRetry: () => void;
}

function FileChip({ file, onRemove, onRetry }: ChipProps) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const failed = file.error !== undefined;
  const percent = Math.round(file.progress * 100);
  return (
    <span className={classes.file} data-testid="attached" data-state={failed ? "failed" : file.upload ? "there" : "uploading"} role={failed ? "alert" : "status"}>
      {failed ? <IconAlertTriangle size={14} aria-hidden /> : <IconPaperclip size={14} aria-hidden />}
      <span className={classes.fileName} title={file.name}>{failed ? t("attach.failed", { name: file.name, why: explain(file.error, i18n) }) : file.name}</span>
      {!failed && <span className={classes.fileSize}>{file.upload ? format.bytes(file.size) : `${percent} %`}</span>}
      {!failed && !file.upload && <progress className={classes.progress} value={file.progress} aria-label={t("attach.progress", { name: file.name, percent })} />}
      {failed && file.file && (
        <ActionIcon size="xs" variant="subtle" color="gray" aria-label={t("attach.retry", { name: file.name })} onClick={onRetry}><IconRefresh size={13} /></ActionIcon>
      )}
      <ActionIcon size="xs" variant="subtle" color="gray" aria-label={t("attach.remove", { name: file.name })} onClick={onRemove}><IconX size={13} /></ActionIcon>
    </span>
  );
}

/** What makes a place take files that are dropped on it or pasted into it. */
export function filesInto(attachments: Attachments) {
  return {
    onDragOver: (event: DragEvent) => {
      if (event.dataTransfer.types.includes("Files")) event.preventDefault();
    },
    onDrop: (event: DragEvent) => {
      if (event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      attachments.add(event.dataTransfer.files);
    },
    onPaste: (event: ClipboardEvent) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      attachments.add(event.clipboardData.files);
    },
  };
}
