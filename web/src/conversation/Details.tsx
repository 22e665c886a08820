import { Tabs } from "@mantine/core";
import { Link } from "react-router";
import { useI18n } from "../i18n/i18n";
import { useInboxState, addressOf } from "../inbox/state";
import { StoreBadge } from "../inbox/Marks";
import { useMailboxes } from "../mailbox/mailboxes";
import { useMay } from "../session/SessionContext";
import { KnowledgeSearch } from "../reply/KnowledgeSearch";
import type { Detail } from "./conversation";
import classes from "./Conversation.module.css";

interface Props {
  detail: Detail;
  now: number;
  used: readonly string[];
  onInsert: (text: string) => void;
}

/** What stands beside a conversation: who writes, what else they wrote, and what the knowledge base says. */
export function Details({ detail, now, used, onInsert }: Props) {
  const { t } = useI18n();
  const may = useMay();
  return (
    <Tabs defaultValue="details" className={classes.sideTabs ?? ""} keepMounted={false}>
      <Tabs.List grow>
        <Tabs.Tab value="details">{t("conversation.details")}</Tabs.Tab>
        <Tabs.Tab value="knowledge" data-testid="knowledge-tab">{t("knowledge.tab")}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="details" className={classes.sidePanel ?? ""}><Facts detail={detail} now={now} /></Tabs.Panel>
      <Tabs.Panel value="knowledge" className={classes.sidePanel ?? ""}>
        <KnowledgeSearch conversation={detail.conversation} used={used} onInsert={may.answer ? onInsert : undefined} />
      </Tabs.Panel>
    </Tabs>
  );
}

function Facts({ detail: { conversation, others }, now }: Pick<Props, "detail" | "now">) {
  const { t, format } = useI18n();
  const { state } = useInboxState();
  const mailbox = useMailboxes().data?.find((one) => one.id === conversation.mailbox);
  const { buyer, labels } = conversation;
  return (
    <>
      {labels.summary && (
        <section className={classes.fact}>
          <h3>{t("conversation.summary")}</h3>
          <p>{labels.summary}</p>
        </section>
      )}
      <section className={classes.fact}>
        <h3>{t("conversation.buyer")}</h3>
        <p>{buyer.name}</p>
        <p className={classes.address}>{buyer.address}</p>
      </section>
      <section className={classes.fact}>
        <h3>{t("conversation.store")}</h3>
        <p><StoreBadge store={conversation.store} /></p>
        {mailbox && <p className={classes.address}>{t("conversation.mailbox")}: {mailbox.address}</p>}
      </section>
      <section className={classes.fact}>
        <h3>{t("conversation.others")}</h3>
        {others.length === 0 && <p className={classes.faint}>{t("conversation.others.none")}</p>}
        <ul className={classes.others}>
          {others.map((row) => (
            <li key={row.id}>
              <Link to={addressOf(state, row.id)}>
                <span className={classes.otherSubject} lang={row.language || undefined}>{row.subject || t("row.noSubject")}</span>
                <span className={classes.faint}>{t(`status.${row.status}`)} · <time dateTime={row.at} title={format.exact(row.at)}>{format.age(row.at, now)}</time></span>
              </Link>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}
