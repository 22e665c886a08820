import { Button, Group, Modal } from "@mantine/core";
import { useI18n } from "../i18n/i18n";
import { ExportPanel } from "./ExportPanel";
import type { Mailbox } from "./mailboxes";

/** Exports a mailbox that stays bound. */
export function ExportDialog({ mailbox, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const { t } = useI18n();
  return (
    <Modal opened onClose={onClose} title={t("export.title", { address: mailbox.address })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <ExportPanel mailbox={mailbox} />
      <Group justify="flex-end" mt="lg"><Button variant="default" onClick={onClose}>{t("action.close")}</Button></Group>
    </Modal>
  );
}
