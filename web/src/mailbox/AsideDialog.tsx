import { Alert, Button, Group, Loader, Modal, Skeleton, Text } from "@mantine/core";
import { IconDownload, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { explain } from "../api/problem";
import { toast } from "../app/toast";
import { useI18n } from "../i18n/i18n";
import { useDiscard, useDownload, useSetAside, useTryAgain, type SetAsideMail } from "./aside";
import classes from "./Aside.module.css";
import type { Mailbox } from "./mailboxes";

/** The mails of a mailbox that could not be taken in: why, and what can be done. */
export default function AsideDialog({ mailbox, onClose }: { mailbox: Mailbox; onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const list = useSetAside(mailbox.id);
  const mails = list.data?.pages.flatMap((page) => page.mails) ?? [];
  return (
    <Modal opened onClose={onClose} size="lg" title={t("aside.title", { address: mailbox.address })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Text size="sm" mb="md">{t("aside.why")}</Text>
      {list.isPending && <Skeleton height={90} radius="md" />}
      {list.isError && (
        <Alert color="red" role="alert">
          {explain(list.error, i18n)} <Button size="compact-xs" variant="default" onClick={() => void list.refetch()}>{t("error.retry")}</Button>
        </Alert>
      )}
      {list.isSuccess && mails.length === 0 && <Text size="sm" role="status">{t("aside.none")}</Text>}
      <ul className={classes.list}>
        {mails.map((mail) => <li key={mail.id}><Item mailbox={mailbox.id} mail={mail} /></li>)}
      </ul>
      {list.hasNextPage && <Button variant="default" fullWidth mt="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t("aside.more")}</Button>}
    </Modal>
  );
}

function Item({ mailbox, mail }: { mailbox: string; mail: SetAsideMail }) {
  const { t, maybe, format } = useI18n();
  const again = useTryAgain(mailbox);
  const download = useDownload(mailbox);
  const [asking, setAsking] = useState(false);
  const name = mail.subject ?? t("aside.unread");
  return (
    <article className={classes.item} aria-label={name} data-testid="aside-mail">
      <h3 className={classes.subject}>{name}</h3>
      <p className={classes.facts}>
        {mail.from && <span>{mail.fromName ? `${mail.fromName} <${mail.from}>` : mail.from}</span>}
        {mail.at && <time dateTime={mail.at}>{format.exact(mail.at)}</time>}
        <span>{t("aside.place", { folder: mail.folder, uid: String(mail.uid) })}</span>
        {mail.size > 0 && <span>{format.bytes(mail.size)}</span>}
      </p>
      <p className={classes.reason}>
        {maybe(`aside.reason.${mail.reason}`) ?? t("aside.reason.other")}
        {mail.tries > 0 && ` ${t("aside.tried", { n: mail.tries })}`}
        {mail.detail && <span className={classes.detail}>{mail.detail}</span>}
      </p>
      {asking ? <Ask mailbox={mailbox} mail={mail} onClose={() => setAsking(false)} /> : (
        <Group gap={6}>
          <Button size="compact-sm" variant="default" leftSection={mail.trying ? <Loader size={13} /> : <IconRefresh size={15} />} loading={again.isPending} onClick={() => again.mutate(mail.id)}>
            {t(mail.trying ? "aside.trying" : "aside.again")}
          </Button>
          {mail.hasRaw && <Button size="compact-sm" variant="default" leftSection={<IconDownload size={15} />} loading={download.isPending} onClick={() => download.mutate(mail.id)}>{t("aside.download")}</Button>}
          <Button size="compact-sm" variant="subtle" color="red" leftSection={<IconTrash size={15} />} onClick={() => setAsking(true)}>{t("aside.discard")}</Button>
        </Group>
      )}
    </article>
  );
}

/** Asks before a mail is forgotten. */
function Ask({ mailbox, mail, onClose }: { mailbox: string; mail: SetAsideMail; onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const discard = useDiscard(mailbox);
  return (
    <div role="group" aria-label={t("aside.discard.ask")}>
      <Text size="sm">{t("aside.discard.ask")}</Text>
      {discard.isError && <Alert color="red" role="alert" mt="xs">{explain(discard.error, i18n)}</Alert>}
      <Group gap={6} mt="xs">
        <Button size="compact-sm" variant="default" onClick={onClose} data-autofocus>{t("action.cancel")}</Button>
        <Button size="compact-sm" color="red" loading={discard.isPending} onClick={() => discard.mutate(mail.id, { onSuccess: () => toast({ message: t("aside.discarded") }) })}>{t("aside.discard")}</Button>
      </Group>
    </div>
  );
}
