import { Alert, Button, Group, Modal, Text } from "@mantine/core";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useRemoveMember, type Member } from "./changes";

export function RemoveMemberDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const remove = useRemoveMember();
  const name = member.name ?? member.email;
  const confirm = () =>
    remove.mutate(member.email, {
      onSuccess: () => {
        toast({ message: t("team.removed", { name }) });
        onClose();
      },
    });
  return (
    <Modal opened onClose={onClose} title={t("team.remove.title", { name })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="sm">{t("team.remove.why")}</Text>
      {remove.isError && <Alert color="red" role="alert" mt="sm">{explain(remove.error, i18n)}</Alert>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
        <Button color="red" loading={remove.isPending} onClick={confirm} data-autofocus>{t("team.remove")}</Button>
      </Group>
    </Modal>
  );
}
