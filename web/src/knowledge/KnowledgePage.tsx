import { ActionIcon, Button, Skeleton, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBook2, IconPencil, IconPlus, IconSearch, IconSearchOff, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { Notice } from "../app/Notice";
import { Page } from "../app/Page";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { StoreBadge } from "../inbox/Marks";
import { useNow } from "../inbox/useNow";
import { useMay } from "../session/SessionContext";
import { useKnowledge, type Entry } from "./entries";
import { EntryDialog } from "./EntryDialog";
import classes from "./Knowledge.module.css";
import { RemoveDialog } from "./RemoveDialog";

/** The knowledge base: what drafts rest on. */
export function KnowledgePage() {
  const i18n = useI18n();
  const { t } = i18n;
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const typed = search.get("q") ?? "";
  const [q] = useDebouncedValue(typed.trim(), 250);
  const entries = useKnowledge({ q });
  const [editing, setEditing] = useState<Entry | "new">();
  const [removing, setRemoving] = useState<Entry>();
  const add = <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing("new")}>{t("knowledge.add")}</Button>;
  return (
    <Page title={t("knowledge.title")} why={t("knowledge.why")} tools={may.answer ? add : undefined}>
      <TextInput
        type="search" aria-label={t("knowledge.search")} placeholder={t("knowledge.search")} leftSection={<IconSearch size={15} aria-hidden />} mb="md" value={typed}
        onChange={(event) => setSearch(event.currentTarget.value ? { q: event.currentTarget.value } : {}, { replace: true })}
      />
      {entries.isPending && [0, 1, 2].map((key) => <Skeleton key={key} height={84} mb={10} radius="md" />)}
      {entries.isError && (
        <Notice title={t("knowledge.failed")} text={explain(entries.error, i18n)}>
          <Button variant="default" onClick={() => void entries.refetch()}>{t("error.retry")}</Button>
        </Notice>
      )}
      {entries.data?.length === 0 && (q ? (
        <Notice icon={<IconSearchOff size={22} />} title={t("knowledge.noMatch")} text={t("knowledge.noMatch.next")} />
      ) : (
        <Notice icon={<IconBook2 size={22} />} title={t("knowledge.none")} text={t("knowledge.none.next")}>{may.answer && add}</Notice>
      ))}
      {entries.data && entries.data.length > 0 && (
        <>
          <p className={classes.count} role="status">{t("knowledge.count", { n: entries.data.length })}</p>
          <ul className={classes.list}>
            {entries.data.map((entry) => (
              <li key={entry.id}>
                <EntryCard entry={entry} onEdit={may.answer ? () => setEditing(entry) : undefined} onRemove={may.answer ? () => setRemoving(entry) : undefined} />
              </li>
            ))}
          </ul>
        </>
      )}
      {editing && <EntryDialog entry={editing === "new" ? undefined : editing} onClose={() => setEditing(undefined)} />}
      {removing && <RemoveDialog entry={removing} onClose={() => setRemoving(undefined)} />}
    </Page>
  );
}

interface CardProps {
  entry: Entry;
  onEdit: (() => void) | undefined;
  onRemove: (() => void) | undefined;
}

function EntryCard({ entry, onEdit, onRemove }: CardProps) {
  const { t, format } = useI18n();
  const now = useNow(60_000);
  const when = format.ago(entry.updatedAt, now);
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
      <div>
        {onEdit && <ActionIcon variant="subtle" color="gray" aria-label={t("knowledge.edit", { topic: entry.topic })} onClick={onEdit}><IconPencil size={16} /></ActionIcon>}
        {onRemove && <ActionIcon variant="subtle" color="gray" aria-label={t("knowledge.delete", { topic: entry.topic })} onClick={onRemove}><IconTrash size={16} /></ActionIcon>}
      </div>
    </article>
  );
}
