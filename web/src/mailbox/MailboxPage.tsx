import { Button, Skeleton } from "@mantine/core";
import { IconMailPlus, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { Notice } from "../app/Notice";
import { Page } from "../app/Page";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useMay } from "../session/SessionContext";
import { BindDialog } from "./BindDialog";
import { ChangeDialog } from "./ChangeDialog";
import { ExportDialog } from "./ExportDialog";
import classes from "./Mailbox.module.css";
import { MailboxCard } from "./MailboxCard";
import { useMailboxes, type Mailbox } from "./mailboxes";
import type { SignedIn } from "./signin";
import { UnbindDialog } from "./UnbindDialog";

/** The mailboxes, how their reading stands, and what can be done with them. */
export function MailboxPage() {
  const i18n = useI18n();
  const { t } = i18n;
  const may = useMay();
  const mailboxes = useMailboxes();
  const [search, setSearch] = useSearchParams();
  const returned = useLocation().state as { signedIn?: SignedIn } | null;
  const [changing, setChanging] = useState<Mailbox>();
  const [exporting, setExporting] = useState<string>();
  const exported = mailboxes.data?.find((one) => one.id === exporting);
  const [unbinding, setUnbinding] = useState<Mailbox>();
  const binding = may.manage && search.has("bind");
  const bind = (open: boolean) => setSearch(open ? { bind: "1" } : {}, { replace: true });
  const add = <Button leftSection={<IconPlus size={16} />} onClick={() => bind(true)}>{t("mailbox.bind")}</Button>;
  return (
    <Page title={t("mailbox.title")} tools={may.manage && mailboxes.data?.length ? add : undefined}>
      {mailboxes.isPending && [0, 1].map((key) => <Skeleton key={key} height={96} mb={10} radius="md" />)}
      {mailboxes.isError && (
        <Notice title={t("mailbox.failed")} text={explain(mailboxes.error, i18n)}>
          <Button variant="default" onClick={() => void mailboxes.refetch()}>{t("error.retry")}</Button>
        </Notice>
      )}
      {mailboxes.data?.length === 0 && (
        <Notice icon={<IconMailPlus size={22} />} title={t("mailbox.none")} text={t(may.manage ? "mailbox.none.next" : "mailbox.none.member")}>{may.manage && add}</Notice>
      )}
      <ul className={classes.list}>
        {mailboxes.data?.map((mailbox) => (
          <li key={mailbox.id}><MailboxCard mailbox={mailbox} onChange={() => setChanging(mailbox)} onExport={() => setExporting(mailbox.id)} onUnbind={() => setUnbinding(mailbox)} /></li>
        ))}
      </ul>
      {binding && <BindDialog signedIn={returned?.signedIn} onClose={() => bind(false)} />}
      {changing && <ChangeDialog mailbox={changing} onClose={() => setChanging(undefined)} />}
      {exported && <ExportDialog mailbox={exported} onClose={() => setExporting(undefined)} />}
      {unbinding && <UnbindDialog mailbox={mailboxes.data?.find((one) => one.id === unbinding.id)} address={unbinding.address} onClose={() => setUnbinding(undefined)} />}
    </Page>
  );
}
