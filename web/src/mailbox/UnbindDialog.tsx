import { Alert, Button, Group, Modal, Progress, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useUnbind } from "./changes";
import { ExportPanel } from "./ExportPanel";
import classes from "./Mailbox.module.css";
import type { Mailbox } from "./mailboxes";

interface Props {
  /** The mailbox as it is now; undefined once it is deleted. */
  mailbox: Mailbox | undefined;
  address: string;
  onClose: () => void;
}

/** Deletes a mailbox and all that came through it, in three steps: take it along, type the address, watch it go. */
export function UnbindDialog({ mailbox, address, onClose }: Props) {
  const { t } = useI18n();
  const [exported, setExported] = useState(false);
  const deleting = !mailbox || mailbox.state === "deleting";
  const step = deleting ? 3 : exported ? 2 : 1;
  return (
    <Modal opened onClose={onClose} title={t(deleting ? "unbind.title.deleting" : "mailbox.unbind.title", { address })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="xs" c="dimmed" mb="xs">{t("unbind.step", { step, of: 3 })}</Text>
      {deleting ? (
        <Deleting mailbox={mailbox} onClose={onClose} />
      ) : exported ? (
        <Confirm mailbox={mailbox} onBack={() => setExported(false)} />
      ) : (
        <Offer mailbox={mailbox} onClose={onClose} onNext={() => setExported(true)} />
      )}
    </Modal>
  );
}

function Offer({ mailbox, onClose, onNext }: { mailbox: Mailbox; onClose: () => void; onNext: () => void }) {
  const { t } = useI18n();
  const state = mailbox.export?.state;
  return (
    <>
      <ExportPanel mailbox={mailbox} />
      <Alert color="yellow" mt="md">{t("unbind.exportGoes")}</Alert>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
        <Button variant={state === "done" ? "filled" : "default"} disabled={state === "running"} onClick={onNext}>{t(state === "done" ? "unbind.next" : "unbind.skip")}</Button>
      </Group>
    </>
  );
}

function Confirm({ mailbox, onBack }: { mailbox: Mailbox; onBack: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const [typed, setTyped] = useState("");
  const unbind = useUnbind(mailbox.id);
  const matches = typed.trim().toLowerCase() === mailbox.address.toLowerCase();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (matches) unbind.mutate(typed.trim());
      }}
    >
      <Text size="sm" mb="md">{t("mailbox.unbind.why")}</Text>
      <TextInput label={t("mailbox.unbind.type", { address: mailbox.address })} value={typed} autoComplete="off" data-autofocus onChange={(event) => setTyped(event.currentTarget.value)} />
      {unbind.isError && <Alert color="red" role="alert" mt="sm">{explain(unbind.error, i18n)}</Alert>}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onBack}>{t("action.back")}</Button>
        <Button type="submit" color="red" disabled={!matches} loading={unbind.isPending}>{t("mailbox.unbind.do")}</Button>
      </Group>
    </form>
  );
}

function Deleting({ mailbox, onClose }: { mailbox: Mailbox | undefined; onClose: () => void }) {
  const { t } = useI18n();
  return (
    <>
      {mailbox ? <DeletingProgress mailbox={mailbox} /> : <Text size="sm" role="status">{t("unbind.done")}</Text>}
      {mailbox && <Text size="sm" mt="sm">{t("unbind.goesOn")}</Text>}
      <Group justify="flex-end" mt="lg"><Button data-autofocus onClick={onClose}>{t("action.close")}</Button></Group>
    </>
  );
}

/** How many conversations are still to be deleted. */
export function DeletingProgress({ mailbox: { counts, deletingOf = 0 } }: { mailbox: Mailbox }) {
  const { t } = useI18n();
  const of = Math.max(deletingOf, counts.all);
  return (
    <div className={classes.progress} role="status" data-testid="deleting-progress">
      <Progress color="red" value={of > 0 ? (100 * (of - counts.all)) / of : 100} aria-label={t("mailbox.state.deleting")} />
      <span>{t("unbind.left", { left: counts.all, of })}</span>
    </div>
  );
}
