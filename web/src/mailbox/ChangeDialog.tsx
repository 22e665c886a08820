import { Alert, Button, Group, Modal, PasswordInput, Text } from "@mantine/core";
import { useState } from "react";
import { toast } from "../app/toast";
import { ApiError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useChangeMailbox } from "./changes";
import type { Mailbox } from "./mailboxes";
import { TestResult } from "./TestResult";
import { UseFields } from "./UseFields";

/** Changes what a mailbox is for, and its password. */
export function ChangeDialog({ mailbox, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const { name, folders, stores, members, appendSent } = mailbox;
  const [form, setForm] = useState({ name, folders, stores, members, appendSent, importDays: 0 });
  const [password, setPassword] = useState("");
  const change = useChangeMailbox(mailbox.id);
  const test = change.error instanceof ApiError ? change.error.problem.test : undefined;
  return (
    <Modal opened onClose={onClose} title={t("mailbox.change.title", { address: mailbox.address })} size="lg" closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const { name, folders, stores, members, appendSent } = form;
          change.mutate({ name, folders, stores, members, appendSent, ...(password ? { password } : {}) }, {
            onSuccess: () => {
              toast({ message: t("mailbox.changed") });
              onClose();
            },
          });
        }}
      >
        {mailbox.oauth ? <Text size="sm" c="dimmed" mb="sm">{t("signin.method", { name: t(`signin.${mailbox.oauth}`) })}</Text> : (
          <PasswordInput
            label={t("mailbox.secret.new")} description={t("mailbox.secret.new.why")} value={password} autoComplete="new-password" mb="sm" data-autofocus={mailbox.state === "needs_authorisation" || undefined}
            visibilityToggleButtonProps={{ "aria-label": t("mailbox.secret.new") }} onChange={(event) => setPassword(event.currentTarget.value)}
          />
        )}
        <UseFields form={form} folders={[]} onChange={(next) => setForm({ ...form, ...next })} />
        {test && <TestResult test={test} />}
        {change.isError && !test && <Alert color="red" role="alert" mt="sm">{explain(change.error, i18n)}</Alert>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" loading={change.isPending}>{t("action.save")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
