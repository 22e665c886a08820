import { ActionIcon } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import { useRef } from "react";
import { useI18n } from "../i18n/i18n";
import { StoreBadge } from "../inbox/Marks";
import { useNow } from "../inbox/useNow";
import type { Entry } from "./entries";
import classes from "./Knowledge.module.css";

interface Props {
  entries: readonly Entry[];
  onEdit: ((entry: Entry) => void) | undefined;
  onRemove: ((entry: Entry) => void) | undefined;
}

/** The entries that are in sight, out of up to five thousand. */
export function EntryList({ entries, onEdit, onRemove }: Props) {
  const { t } = useI18n();
  const scroller = useRef<HTMLDivElement>(null);
  // TanStack Virtual hands out functions the compiler cannot memoise; nothing here is compiled.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({ count: entries.length, getScrollElement: () => scroller.current, estimateSize: () => 100, overscan: 6, getItemKey: (index) => entries[index]?.id ?? index });
  return (
    <div ref={scroller} className={classes.scroller} data-testid="entries">
      <ul className={classes.items} aria-label={t("knowledge.title")} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const entry = entries[item.index];
          if (!entry) return null;
          return (
            <li
              key={item.key} ref={virtual.measureElement} data-index={item.index} className={classes.item} style={{ transform: `translateY(${item.start}px)` }}
              aria-setsize={entries.length} aria-posinset={item.index + 1}
            >
              <EntryCard entry={entry} onEdit={onEdit && (() => onEdit(entry))} onRemove={onRemove && (() => onRemove(entry))} />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

interface CardProps {
  entry: Entry;
  onEdit: (() => void) | undefined;
  onRemove: (() => void) | undefined;
}

function EntryCard({ entry, onEdit, onRemove }: CardProps) {
  const { t, format } = useI18n();
  const when = format.ago(entry.updatedAt, useNow(60_000));
  return (
    <article className={classes.card} aria-label={entry.topic} data-testid="entry">
      <div className={classes.main}>
        <h2 className={classes.topic} lang={entry.language || undefined}>{entry.topic}</h2>
        <p className={classes.answer} lang={entry.language || undefined}>{entry.answer}</p>
        <div className={classes.facts}>
          <span>{entry.category || t("knowledge.category.none")}</span>
          {entry.language && <span>{format.language(entry.language)}</span>}
          {entry.stores.length > 0 ? entry.stores.map((store) => <StoreBadge key={store} store={store} />) : <span>{t("knowledge.stores.all")}</span>}
          {entry.protected.map((term) => <span key={term} className={classes.term}>{term}</span>)}
          <time dateTime={entry.updatedAt} title={format.exact(entry.updatedAt)}>{entry.updatedBy ? t("knowledge.updatedBy", { when, name: entry.updatedBy }) : t("knowledge.updated", { when })}</time>
        </div>
      </div>
      <div className={classes.actions}>
        {onEdit && <ActionIcon variant="subtle" color="gray" aria-label={t("knowledge.edit", { topic: entry.topic })} onClick={onEdit}><IconPencil size={16} /></ActionIcon>}
        {onRemove && <ActionIcon variant="subtle" color="gray" aria-label={t("knowledge.delete", { topic: entry.topic })} onClick={onRemove}><IconTrash size={16} /></ActionIcon>}
      </div>
    </article>
  );
}
