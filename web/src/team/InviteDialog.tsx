import { Alert, Button, Group, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import type { Role } from "../session/SessionContext";
import { usePutMember } from "./changes";

const invitable: readonly Role[] = ["admin", "agent", "viewer"];

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const [email, setEmail] = useState("");
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("agent");
  const put = usePutMember();
  const valid = /^\S+@\S+$/.test(email.trim());
  return (
    <Modal opened onClose={onClose} title={t("team.invite.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!valid) return;
          put.mutate({ email: email.trim(), role, ...(name.trim() ? { name: name.trim() } : {}) }, {
            onSuccess: (member) => {
              toast({ message: t("team.invited", { email: member.email }) });
              onClose();
            },
          });
        }}
      >
        <Text size="sm" c="dimmed" mb="sm">{t("team.invite.why")}</Text>
        <Stack gap="sm">
          <TextInput label={t("team.email")} type="email" required value={email} data-autofocus onChange={(event) => setEmail(event.currentTarget.value)} />
          <TextInput label={t("team.name")} maxLength={80} value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <Radio.Group label={t("team.role")} value={role} onChange={(value) => setRole(invitable.find((one) => one === value) ?? "agent")}>
            <Stack gap={8} mt={6}>
              {invitable.map((one) => <Radio key={one} value={one} label={t(`role.${one}`)} description={t(`role.${one}.may`)} />)}
            </Stack>
          </Radio.Group>
        </Stack>
        {put.isError && <Alert color="red" role="alert" mt="sm">{explain(put.error, i18n)}</Alert>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" disabled={!valid} loading={put.isPending}>{t("team.invite")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
