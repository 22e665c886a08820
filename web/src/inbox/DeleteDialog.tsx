import { Button, Group, Modal, Text } from "@mantine/core";
import { useI18n } from "../i18n/i18n";

interface Props {
  /** How many would be deleted; 0 keeps the dialog closed. */
  count: number;
  onCancel: () => void;
  onConfirm: () => void;
}

export function DeleteDialog({ count, onCancel, onConfirm }: Props) {
  const { t } = useI18n();
  return (
    <Modal opened={count > 0} onClose={onCancel} title={t("delete.title", { n: count })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="sm">{t("delete.why")}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onCancel}>{t("action.cancel")}</Button>
        <Button color="red" onClick={onConfirm} data-autofocus>{t("delete.do", { n: count })}</Button>
      </Group>
    </Modal>
  );
}
