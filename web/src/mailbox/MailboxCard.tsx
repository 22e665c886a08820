import { ActionIcon, Button, Loader, Menu } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconClock, IconDots, IconKey, IconPackageExport, IconRefresh, IconTrash, IconUnlink } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { toast } from "../app/toast";
import { useI18n } from "../i18n/i18n";
import { StoreBadge } from "../inbox/Marks";
import { useNow } from "../inbox/useNow";
import { useMay } from "../session/SessionContext";
import { useOutbox, waitText } from "../outbox/outbox";
import { AsideNotice } from "./AsideNotice";
import { useSync } from "./changes";
import classes from "./Mailbox.module.css";
import { ExportProgress } from "./ExportPanel";
import type { Mailbox } from "./mailboxes";
import { SignInButton } from "./SignInButton";
import { DeletingProgress } from "./UnbindDialog";

interface Props {
  mailbox: Mailbox;
  onChange: () => void;
  onExport: () => void;
  onUnbind: () => void;
}

export function MailboxCard({ mailbox, onChange, onExport, onUnbind }: Props) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const now = useNow(30_000);
  const may = useMay();
  const sync = useSync(mailbox.id);
  const { counts, lastMailAt, stores, members, state } = mailbox;
  const deleting = state === "deleting";
  const outbox = useOutbox(30_000).data;
  const waits = outbox && waitText(outbox, mailbox.id, i18n);
  return (
    <article className={classes.card} data-testid="mailbox" data-state={state} aria-label={mailbox.address}>
      <div className={classes.cardMain}>
        <h2 className={classes.address}>{mailbox.address}{mailbox.name && <span className={classes.name}>{mailbox.name}</span>}</h2>
        <State mailbox={mailbox} now={now} />
        <AsideNotice mailbox={mailbox} />
        {mailbox.oauth && state === "needs_authorisation" && may.manage && (
          <SignInButton compact provider={mailbox.oauth} address={mailbox.address} mailbox={mailbox.id} onDone={() => toast({ message: t("signin.renewed", { address: mailbox.address }) })}>
            {t("signin.again")}
          </SignInButton>
        )}
        {waits && <Line tone="soon" icon={<IconClock size={15} />}>{waits}</Line>}
        {deleting ? <DeletingProgress mailbox={mailbox} /> : mailbox.export?.state === "running" && <ExportProgress current={mailbox.export} />}
        <div className={classes.facts}>
          {(stores.length > 0 ? stores : ["own"]).map((store) => <StoreBadge key={store} store={store} />)}
          <span>{members.length > 0 ? members.join(", ") : t("mailbox.everybody")}</span>
          {!deleting && <span>{t("mailbox.count", { awaiting: counts.awaiting, all: counts.all })}</span>}
          {lastMailAt && !deleting && <time dateTime={lastMailAt} title={format.exact(lastMailAt)}>{t("mailbox.lastMail", { when: format.ago(lastMailAt, now) })}</time>}
        </div>
      </div>
      {!deleting && (
        <div className={classes.cardTools}>
          <Button size="compact-sm" variant="default" leftSection={<IconRefresh size={15} />} loading={sync.isPending} onClick={() => sync.mutate()}>{t("mailbox.sync")}</Button>
          {may.manage && (
            <>
              <Button size="compact-sm" variant={state === "needs_authorisation" && !mailbox.oauth ? "filled" : "default"} onClick={onChange}>{t("mailbox.change")}</Button>
              <Menu position="bottom-end" withinPortal>
                <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t("action.more")}><IconDots size={17} /></ActionIcon></Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item leftSection={<IconPackageExport size={15} />} onClick={onExport}>{t("export.open")}</Menu.Item>
                  <Menu.Item color="red" leftSection={<IconUnlink size={15} />} onClick={onUnbind}>{t("mailbox.unbind")}</Menu.Item>
                </Menu.Dropdown>
              </Menu>
            </>
          )}
        </div>
      )}
    </article>
  );
}

/** The state of reading, in words; a failure says why and when it goes on. */
function State({ mailbox, now }: { mailbox: Mailbox; now: number }) {
  const { t, format } = useI18n();
  const { state, checkedAt, nextTry } = mailbox;
  switch (state) {
    case "ok":
      return <Line tone="good" icon={<IconCircleCheck size={15} />}>{checkedAt ? t("mailbox.state.ok.when", { when: format.ago(checkedAt, now) }) : t("mailbox.state.ok")}</Line>;
    case "syncing":
      return <Line tone="quiet" icon={<Loader size={13} />}>{t("mailbox.state.syncing")}</Line>;
    case "deleting":
      return <Line tone="late" icon={<IconTrash size={15} />}>{t("mailbox.state.deleting")}</Line>;
    case "backing_off":
      return (
        <Line tone="soon" icon={<IconAlertTriangle size={15} />}>
          {t("mailbox.state.backing_off")}{nextTry && ` · ${t("mailbox.state.backing_off.next", { when: format.ago(nextTry, now) })}`}
          <Why mailbox={mailbox} />
        </Line>
      );
    case "needs_authorisation":
      return (
        <Line tone="late" icon={<IconKey size={15} />}>
          {t("mailbox.state.needs_authorisation")}: {mailbox.oauth ? t("signin.needed", { name: t(`signin.${mailbox.oauth}`) }) : t("mailbox.state.needs_authorisation.next")}
          <Why mailbox={mailbox} />
        </Line>
      );
  }
}

function Line({ tone, icon, children }: { tone: string; icon: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.state} data-tone={tone} role="status">
      <span className={classes.stateIcon} aria-hidden>{icon}</span>
      <div>{children}</div>
    </div>
  );
}

function Why({ mailbox: { code, detail } }: { mailbox: Mailbox }) {
  const { t, maybe } = useI18n();
  const known = code && (maybe(`test.${code}`) ?? maybe(`problem.code.${code}`));
  return (
    <span className={classes.why}>
      {known}
      {detail && <span className={classes.server}> {t("mailbox.server", { detail })}</span>}
    </span>
  );
}
