import { Button, Group, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconChecks, IconClock, IconMailX, IconSend, type Icon } from "@tabler/icons-react";
import { Link } from "react-router";
import { Notice } from "../app/Notice";
import { Page } from "../app/Page";
import { explain } from "../api/problem";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n";
import { useNow } from "../inbox/useNow";
import { useMailboxes } from "../mailbox/mailboxes";
import { useMay } from "../session/SessionContext";
import classes from "./Outbox.module.css";
import { doable, useOutbox, useSettle, waitText, type Doing, type Outbox, type OutboxItem } from "./outbox";

/** What is on its way, waits, or did not get through, with what can be done about it. */
export function OutboxPage() {
  const i18n = useI18n();
  const { t } = i18n;
  const outbox = useOutbox();
  const items = outbox.data?.items ?? [];
  const stuck = items.filter((item) => item.state !== "queued" && item.state !== "sending");
  const moving = items.filter((item) => item.state === "queued" || item.state === "sending");
  return (
    <Page title={t("outbox.title")} why={t("outbox.why")}>
      {outbox.isPending && [0, 1, 2].map((key) => <Skeleton key={key} height={56} mb={6} radius="md" />)}
      {outbox.isError && (
        <Notice title={t("outbox.failed")} text={explain(outbox.error, i18n)}>
          <Button variant="default" onClick={() => void outbox.refetch()}>{t("error.retry")}</Button>
        </Notice>
      )}
      {outbox.data && items.length === 0 && <Notice icon={<IconChecks size={22} />} title={t("outbox.none")} text={t("outbox.none.next")} />}
      {outbox.data && <Waits outbox={outbox.data} />}
      <Part title={t("outbox.stuck")} items={stuck} />
      <Part title={t("outbox.waiting")} items={moving} />
    </Page>
  );
}

/** One line per mailbox whose provider takes no more for now. */
function Waits({ outbox }: { outbox: Outbox }) {
  const i18n = useI18n();
  const mailboxes = useMailboxes().data ?? [];
  const lines = mailboxes.flatMap(({ id, address }) => {
    const text = waitText(outbox, id, i18n);
    return text ? [{ id, address, text }] : [];
  });
  return lines.map(({ id, address, text }) => <p key={id} className={classes.wait} role="status"><IconClock size={15} aria-hidden /> <strong>{address}</strong> {text}</p>);
}

function Part({ title, items }: { title: string; items: readonly OutboxItem[] }) {
  if (items.length === 0) return null;
  return (
    <section className={classes.part} aria-label={title}>
      <h2>{title}</h2>
      <ul>{items.map((item) => <li key={item.message}><Line item={item} /></li>)}</ul>
    </section>
  );
}

const icons: Readonly<Record<OutboxItem["state"], Icon>> = { queued: IconClock, sending: IconSend, failed: IconAlertTriangle, bounced: IconMailX, unclear: IconAlertTriangle };
const words: Readonly<Record<Doing, Key>> = { undo: "send.giveUp", retry: "send.retry", arrived: "send.arrived" };

function Line({ item }: { item: OutboxItem }) {
  const { t, format, maybe } = useI18n();
  const may = useMay();
  const now = useNow(30_000);
  const settle = useSettle();
  const StateIcon = icons[item.state];
  const why = item.code && (maybe(`send.waits.${item.code}`) ?? maybe(`problem.code.${item.code}`) ?? maybe(`test.${item.code}`));
  return (
    <article className={classes.line} data-testid="outbox-item" data-state={item.state}>
      <span className={classes.icon} data-state={item.state} aria-hidden><StateIcon size={16} /></span>
      <div className={classes.what}>
        <span className={classes.subject} dir="auto">{item.subject || t("outbox.noSubject")}</span>
        <span className={classes.who}>
          {t("outbox.to", { to: item.to })} {item.recipients > 1 && t("outbox.more", { n: item.recipients - 1 })} · {item.by} · <time dateTime={item.at} title={format.exact(item.at)}>{format.ago(item.at, now)}</time>
        </span>
        <span className={classes.state} data-state={item.state}>
          {t(`outbox.state.${item.state}`, { time: format.clock(item.due) })}{why && <span className={classes.reason}> · {why}</span>}
        </span>
      </div>
      <Group gap={6} className={classes.tools ?? ""}>
        {may.answer && doable(item).map((doing) => (
          <Button key={doing} size="compact-sm" variant={doing === "retry" ? "default" : "light"} loading={settle.isPending && settle.variables.doing === doing} onClick={() => settle.mutate({ item, doing })}>
            {t(words[doing])}
          </Button>
        ))}
        <Button component={Link} to={`/inbox/all/${item.conversation}`} size="compact-sm" variant="subtle">{t("outbox.open")}</Button>
      </Group>
    </article>
  );
}
