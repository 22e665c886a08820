import { Button } from "@mantine/core";
import { IconChecks, IconInbox, IconMail, IconMailPlus, IconSearchOff } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Link } from "react-router";
import { useKeys } from "../app/keys";
import { Notice } from "../app/Notice";
import { explain } from "../api/problem";
import { useCompose } from "../compose/ComposeContext";
import { ConversationPane } from "../conversation/ConversationPane";
import { conversationKey, useConversationPrefetch, type Detail } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";
import { useMailboxes } from "../mailbox/mailboxes";
import { useMay } from "../session/SessionContext";
import { Board } from "./Board";
import { BulkBar } from "./BulkBar";
import { useChange, type Change } from "./changes";
import { ConversationList, ListSkeleton } from "./ConversationList";
import { DeleteDialog } from "./DeleteDialog";
import { noFilters } from "./FilterMenu";
import classes from "./Inbox.module.css";
import { useConversationList } from "./list";
import { useOnChange, usePulse } from "./pulse";
import { useSelection } from "./selection";
import { hasFilters, useInboxState, type InboxState, type Row } from "./state";
import { Toolbar } from "./Toolbar";
import { useNow } from "./useNow";

/** How many conversations the board shows at most; beyond that nobody reads a board. */
const boardLimit = 200;

/** The inbox: a list or board of conversations, and the one that is open. */
export function InboxPage() {
  const { state, id, change: go, filter, open } = useInboxState();
  const queries = useQueryClient();
  const pulse = usePulse();
  const list = useConversationList(state);
  const { rows, refresh } = list;
  const now = useNow(30_000);
  const may = useMay();
  const { compose } = useCompose();
  const { t } = useI18n();
  const searchBox = useRef<HTMLInputElement>(null);
  const selection = useSelection(rows);
  const [moved, setCursor] = useState<string>();
  const cursor = id ?? moved;
  const [deleting, setDeleting] = useState<readonly Row[]>([]);
  const runChange = useChange();
  const prefetch = useConversationPrefetch();

  useEffect(() => {
    document.title = `${pulse.data?.counts.awaiting ? `(${pulse.data.counts.awaiting}) ` : ""}${t("inbox.title")} · ${t("app.name")}`;
  }, [pulse.data?.counts.awaiting, t]);

  useOnChange(
    useCallback(() => {
      void refresh().catch(() => undefined); // the next change, or the pulse's own failure, says it
      if (id) void queries.invalidateQueries({ queryKey: conversationKey(id) });
      void queries.invalidateQueries({ queryKey: ["mailboxes"] });
    }, [refresh, queries, id]),
  );

  /** The row that takes the place of the given ones once they are gone. */
  const after = (gone: readonly Row[]) => {
    const ids = new Set(gone.map((row) => row.id));
    const at = rows.findIndex((row) => ids.has(row.id));
    return rows.slice(at + 1).find((row) => !ids.has(row.id)) ?? rows.slice(0, Math.max(at, 0)).findLast((row) => !ids.has(row.id));
  };

  const run = (change: Change) => {
    const leaves = change.action === "delete" || (state.tab !== "all" && (change.action === "no_reply" || change.action === "reopen"));
    const openLeaves = leaves && change.rows.some((row) => row.id === id);
    const cursorLeaves = leaves && change.rows.some((row) => row.id === cursor);
    const next = after(change.rows);
    // Amazon wants to be told as well: its link stands in the conversation.
    const linked = change.action === "no_reply" && id && queries.getQueryData<Detail>(conversationKey(id))?.conversation.route.noResponseLink;
    runChange(change);
    selection.clear();
    if (cursorLeaves) setCursor(next?.id);
    if (openLeaves && !linked) open(next?.id, { replace: true });
  };

  const close = () => {
    setCursor(id);
    open(undefined);
  };
  const at = rows.findIndex((row) => row.id === cursor);
  const move = (by: number) => {
    const next = rows[Math.min(Math.max(at + by, 0), rows.length - 1)];
    if (!next) return;
    setCursor(next.id);
    if (id) open(next.id, { replace: true });
  };
  const targets = selection.rows.length > 0 ? selection.rows : rows.filter((row) => row.id === (id ?? cursor));
  const ask = () => may.answer && setDeleting(targets);

  useKeys({
    j: () => move(1),
    k: () => move(at < 0 ? 1 : -1),
    Enter: cursor && cursor !== id ? () => open(cursor) : undefined,
    e: may.answer ? () => run({ rows: targets, action: targets.every((row) => row.status === "no_reply") ? "reopen" : "no_reply" }) : undefined,
    x: () => {
      const row = rows[at];
      if (row) selection.toggle(row, false);
    },
    c: compose,
    "#": ask,
    "/": () => searchBox.current?.focus(),
    Escape: () => (selection.rows.length > 0 ? selection.clear() : id ? close() : setCursor(undefined)),
  });

  const more = useMemo(
    () => ({ has: list.hasNextPage, loading: list.isFetchingNextPage, failed: list.isFetchNextPageError, load: () => void list.fetchNextPage() }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- fetchNextPage is stable; `list` itself is new at every rendering
    [list.hasNextPage, list.isFetchingNextPage, list.isFetchNextPageError, list.fetchNextPage],
  );
  const board = state.view === "board";
  useEffect(() => {
    if (board && more.has && !more.loading && !more.failed && rows.length < boardLimit) more.load();
  }, [board, more, rows.length]);

  const content = list.isPending ? (
    <ListSkeleton />
  ) : list.isError && rows.length === 0 ? (
    <ListFailure error={list.error} retry={() => void list.refetch()} />
  ) : rows.length === 0 ? (
    <Empty state={state} onClear={() => filter(noFilters)} />
  ) : board ? (
    <Board rows={rows} state={state} now={now} complete={!list.hasNextPage} onChange={run} />
  ) : (
    <ConversationList
      rows={rows} state={state} now={now} openId={id} cursor={cursor} selected={selection.ids} more={more} onSelect={selection.toggle} onPrefetch={prefetch}
    />
  );

  return (
    <div className={classes.page} data-open={id !== undefined || undefined} data-view={state.view}>
      <section className={classes.list} aria-label={t("inbox.title")}>
        <Toolbar state={state} counts={pulse.data?.counts} searchBox={searchBox} onFilter={filter} onView={(view) => go({ view })} />
        {pulse.isError && <p className={classes.offline} role="status">{t("error.offline")}</p>}
        {may.answer && selection.rows.length > 0 && (
          <BulkBar rows={selection.rows} onChange={run} onDelete={() => setDeleting(selection.rows)} onClear={selection.clear} />
        )}
        {content}
      </section>
      {id ? (
        <ConversationPane key={id} id={id} now={now} onClose={close} onChange={run} onDelete={(row) => setDeleting([row])} />
      ) : (
        <div className={classes.nothing}><NothingOpen /></div>
      )}
      <DeleteDialog
        count={deleting.length} onCancel={() => setDeleting([])}
        onConfirm={() => {
          run({ rows: deleting, action: "delete" });
          setDeleting([]);
        }}
      />
    </div>
  );
}

function ListFailure({ error, retry }: { error: unknown; retry: () => void }) {
  const { t, maybe } = useI18n();
  return (
    <Notice title={t("list.failed")} text={explain(error, { t, maybe })}>
      <Button variant="default" onClick={retry}>{t("error.retry")}</Button>
    </Notice>
  );
}

/** An empty list says why, and what to do. */
function Empty({ state, onClear }: { state: InboxState; onClear: () => void }) {
  const { t } = useI18n();
  const mailboxes = useMailboxes();
  const may = useMay();
  if (mailboxes.data?.length === 0) {
    return (
      <Notice icon={<IconMailPlus size={22} />} title={t("empty.mailbox")} text={t(may.manage ? "empty.mailbox.next" : "empty.mailbox.ask")}>
        {may.manage && <Button component={Link} to="/mailboxes?bind=1">{t("empty.mailbox.do")}</Button>}
      </Notice>
    );
  }
  if (hasFilters(state.filters)) {
    return (
      <Notice icon={<IconSearchOff size={22} />} title={t("empty.filtered")} text={t("empty.filtered.next")}>
        <Button variant="default" onClick={onClear}>{t("filter.clear")}</Button>
      </Notice>
    );
  }
  const icon = state.tab === "awaiting" ? <IconChecks size={22} /> : <IconInbox size={22} />;
  return <Notice icon={icon} title={t(`empty.${state.tab}`)} text={t(`empty.${state.tab}.next`)} />;
}

function NothingOpen() {
  const { t } = useI18n();
  const [before, between, last, end] = t("empty.open.next", { j: "\u0000", k: "\u0000", enter: "\u0000" }).split("\u0000");
  return <Notice icon={<IconMail size={22} />} title={t("empty.open")} text={<>{before}<kbd>j</kbd>{between}<kbd>k</kbd>{last}<kbd>Enter</kbd>{end}</>} />;
}
