import { Alert, Button, Drawer, Skeleton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAlertTriangle, IconExternalLink, IconUsers } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { Notice } from "../app/Notice";
import { ApiError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import type { Change } from "../inbox/changes";
import type { Row } from "../inbox/state";
import { ReplyDock } from "../reply/ReplyDock";
import { useReplyText } from "../reply/replyText";
import { rowOf, useConversation, type Conversation, type Detail } from "./conversation";
import classes from "./Conversation.module.css";
import { ConversationHeader } from "./ConversationHeader";
import { Details } from "./Details";
import { usePresence } from "./presence";
import { Thread } from "./Thread";

const MergeDialog = lazy(async () => ({ default: (await import("./MergeDialog")).MergeDialog }));

interface Props {
  id: string;
  now: number;
  onClose: () => void;
  onChange: (change: Change) => void;
  onDelete: (row: Row) => void;
}

export function ConversationPane(props: Props) {
  const { t, maybe } = useI18n();
  const { data, error, refetch } = useConversation(props.id);
  if (data) return <Loaded {...props} detail={data} />;
  if (!error) return <Loading />;
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <section className={classes.pane}>
      <Notice title={t("conversation.failed")} text={gone ? t("conversation.gone") : explain(error, { t, maybe })}>
        <Button variant="default" onClick={props.onClose}>{t("action.back")}</Button>
        {!gone && <Button onClick={() => void refetch()}>{t("error.retry")}</Button>}
      </Notice>
    </section>
  );
}

function Loaded({ id, now, detail, onClose, onChange, onDelete }: Props & { detail: Detail }) {
  const { t } = useI18n();
  const { conversation, messages } = detail;
  const reply = useReplyText(id);
  const [used, setUsed] = useState<readonly string[]>([]);
  const [drawer, { open: openDrawer, close: closeDrawer }] = useDisclosure(false);
  const [merging, { open: openMerge, close: closeMerge }] = useDisclosure(false);
  const others = usePresence(id, reply.writing);
  const details = <Details detail={detail} now={now} used={used} onInsert={reply.insert} />;
  return (
    <div className={classes.panes}>
      <section className={classes.pane} aria-label={t("conversation.label", { buyer: conversation.buyer.name ?? "" })} data-testid="conversation">
        <ConversationHeader conversation={conversation} now={now} onClose={onClose} onChange={onChange} onDelete={() => onDelete(rowOf(conversation))} onMerge={openMerge} onDetails={openDrawer} />
        <div className={classes.scroll}>
          <Banners conversation={conversation} />
          <Thread id={id} messages={messages} now={now} onTakenBack={reply.takeBack} />
        </div>
        <Colleagues others={others} />
        <ReplyDock detail={detail} reply={reply} onEntries={setUsed} />
      </section>
      {merging && <Suspense><MergeDialog detail={detail} now={now} onClose={closeMerge} /></Suspense>}
      <aside className={classes.side} aria-label={t("conversation.details")}>{details}</aside>
      <Drawer opened={drawer} onClose={closeDrawer} position="right" size="sm" title={t("conversation.details")} closeButtonProps={{ "aria-label": t("action.close") }}>{details}</Drawer>
    </div>
  );
}

function Banners({ conversation: { suspicious, status, route } }: { conversation: Conversation }) {
  const { t } = useI18n();
  return (
    <>
      {suspicious && <Alert className={classes.banner ?? ""} color="yellow" icon={<IconAlertTriangle size={18} />} title={t("suspicious.title")}>{t("suspicious.why")}</Alert>}
      {status === "no_reply" && route.noResponseLink && (
        <Alert className={classes.banner ?? ""} color="ink" title={t("conversation.noResponse")}>
          <p className={classes.bannerText}>{t("conversation.noResponse.why")}</p>
          <Button component="a" size="compact-sm" href={route.noResponseLink} target="_blank" rel="noopener noreferrer" rightSection={<IconExternalLink size={14} />}>
            {t("conversation.noResponse.do")}
          </Button>
        </Alert>
      )}
    </>
  );
}

function Colleagues({ others }: { others: ReturnType<typeof usePresence> }) {
  const { t, format } = useI18n();
  if (others.length === 0) return null;
  const writing = others.filter((one) => one.writing);
  const shown = writing.length > 0 ? writing : others;
  const names = format.list(shown.map((one) => one.name || one.email));
  return (
    <p className={classes.presence} data-writing={writing.length > 0 || undefined} role="status" data-testid="presence">
      <IconUsers size={14} aria-hidden /> {t(writing.length > 0 ? "presence.writing" : "presence.reading", { n: shown.length, names })}
    </p>
  );
}

function Loading() {
  const { t } = useI18n();
  return (
    <section className={classes.pane} role="status" aria-label={t("app.loading")}>
      <div className={classes.loading}>
        <Skeleton height={16} width="60%" />
        <Skeleton height={12} width="35%" mt={14} />
        <Skeleton height={150} mt={36} />
        <Skeleton height={90} mt={12} />
      </div>
    </section>
  );
}
