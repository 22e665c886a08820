import { Alert, Button, Group, Modal, Text } from "@mantine/core";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useRemoveEntry } from "./changes";
import type { Entry } from "./entries";

export function RemoveDialog({ entry, onClose }: { entry: Entry; onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const remove = useRemoveEntry();
  const confirm = () =>
    remove.mutate(entry.id, {
      onSuccess: () => {
        toast({ message: t("knowledge.removed") });
        onClose();
      },
    });
  return (
    <Modal opened onClose={onClose} title={t("knowledge.delete", { topic: entry.topic })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="sm">{t("knowledge.delete.why")}</Text>
      {remove.isError && <Alert color="red" role="alert" mt="sm">{explain(remove.error, i18n)}</Alert>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
        <Button color="red" loading={remove.isPending} onClick={confirm} data-autofocus>{t("action.delete")}</Button>
      </Group>
    </Modal>
  );
}
