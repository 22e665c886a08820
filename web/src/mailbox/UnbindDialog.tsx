import { Alert, Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useUnbind } from "./changes";
import type { Mailbox } from "./mailboxes";

/** Deletes a mailbox and all that came through it; the address has to be typed. */
export function UnbindDialog({ mailbox, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const [typed, setTyped] = useState("");
  const unbind = useUnbind(mailbox.id);
  const matches = typed.trim().toLowerCase() === mailbox.address.toLowerCase();
  return (
    <Modal opened onClose={onClose} title={t("mailbox.unbind.title", { address: mailbox.address })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!matches) return;
          unbind.mutate(typed.trim(), {
            onSuccess: () => {
              toast({ message: t("mailbox.unbind.started") });
              onClose();
            },
          });
        }}
      >
        <Text size="sm" mb="md">{t("mailbox.unbind.why")}</Text>
        <TextInput label={t("mailbox.unbind.type", { address: mailbox.address })} value={typed} autoComplete="off" data-autofocus onChange={(event) => setTyped(event.currentTarget.value)} />
        {unbind.isError && <Alert color="red" role="alert" mt="sm">{explain(unbind.error, i18n)}</Alert>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" color="red" disabled={!matches} loading={unbind.isPending}>{t("mailbox.unbind.do")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
