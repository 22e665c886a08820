import { Button } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";
import { useI18n } from "../i18n/i18n";
import { ConversationRow, RowSkeleton } from "./ConversationRow";
import classes from "./List.module.css";
import { addressOf, type InboxState, type Row } from "./state";

const rowHeight = 82;

interface Props {
  rows: readonly Row[];
  state: InboxState;
  now: number;
  openId: string | undefined;
  cursor: string | undefined;
  selected: ReadonlySet<string>;
  more: { has: boolean; loading: boolean; failed: boolean; load: () => void };
  onSelect: (row: Row, shift: boolean) => void;
  onPrefetch: (id: string) => void;
}

/** The rows that are in sight, out of as many as there are. */
export function ConversationList({ rows, state, now, openId, cursor, selected, more, onSelect, onPrefetch }: Props) {
  const { t } = useI18n();
  const scroller = useRef<HTMLDivElement>(null);
  // TanStack Virtual hands out functions the compiler cannot memoise; nothing here is compiled.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8, getItemKey: (index) => rows[index]?.id ?? index });
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? -1;

  useAnchor(scroller, rows);

  useEffect(() => {
    if (more.has && !more.loading && !more.failed && lastShown >= rows.length - 15) more.load();
  }, [more, lastShown, rows.length]);

  useEffect(() => {
    const index = rows.findIndex((row) => row.id === cursor);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // Only a moved cursor scrolls; a changed list must not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [cursor]);

  return (
    <div ref={scroller} className={classes.scroller} data-testid="list">
      <ul className={classes.items} aria-label={t("list.label")} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          return (
            <li key={item.key} className={classes.item} style={{ transform: `translateY(${item.start}px)` }} aria-setsize={more.has ? -1 : rows.length} aria-posinset={item.index + 1}>
              <ConversationRow
                row={row} to={addressOf(state, row.id)} now={now} current={row.id === openId} cursor={row.id === cursor}
                selected={selected.has(row.id)} selecting={selected.size > 0} onSelect={onSelect} onPrefetch={onPrefetch}
              />
            </li>
          );
        })}
      </ul>
      <div className={classes.foot} role="status">
        {more.failed ? <Button variant="subtle" onClick={more.load}>{t("error.retry")}</Button> : more.loading ? t("list.loadingMore") : !more.has && rows.length > 8 ? t("list.end") : null}
      </div>
    </div>
  );
}

/** Keeps the rows in sight where they are when others arrive or leave above them. */
function useAnchor(scroller: RefObject<HTMLDivElement | null>, rows: readonly Row[]): void {
  const before = useRef<readonly Row[]>(rows);
  useLayoutEffect(() => {
    const element = scroller.current;
    const old = before.current;
    before.current = rows;
    if (!element || old === rows || element.scrollTop < rowHeight / 2) return;
    const first = Math.floor(element.scrollTop / rowHeight);
    const positions = new Map(rows.map((row, index) => [row.id, index]));
    for (let index = first; index < old.length; index++) {
      const now = positions.get(old[index]?.id ?? "");
      if (now === undefined) continue;
      element.scrollBy(0, (now - index) * rowHeight);
      return;
    }
  }, [rows, scroller]);
}

export function ListSkeleton() {
  const { t } = useI18n();
  return (
    <div className={classes.scroller} role="status" aria-label={t("app.loading")}>
      {Array.from({ length: 9 }, (_, index) => <RowSkeleton key={index} />)}
    </div>
  );
}
