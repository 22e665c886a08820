import { Anchor, Button, Group, Select, Skeleton, Tabs, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconBook2, IconPlus, IconSearch, IconSearchOff, IconUpload } from "@tabler/icons-react";
import { lazy, Suspense, useMemo, useState } from "react";
import { Link, useSearchParams } from "react-router";
import { Notice } from "../app/Notice";
import { Page } from "../app/Page";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useMay, useSignedIn } from "../session/SessionContext";
import { useStores } from "../session/stores";
import { CategoryTree } from "./CategoryTree";
import { useDismissQuestion } from "./changes";
import { useEntries, useKnowledge, useQuestions, type Entry, type OpenQuestion } from "./entries";
import { EntryDialog, type EntryForm } from "./EntryDialog";
import { EntryList } from "./EntryList";
import classes from "./Knowledge.module.css";
import { MoveDialog } from "./MoveDialog";
import { Questions } from "./Questions";
import { RemoveDialog } from "./RemoveDialog";
import { ExportMenu } from "./transfer/ExportMenu";
import { treeOf, within } from "./tree";

const ImportDialog = lazy(async () => ({ default: (await import("./transfer/ImportDialog")).ImportDialog }));

/** What an entry dialog was opened for. */
interface Editing {
  entry?: Entry;
  initial?: Partial<EntryForm>;
  question?: string;
}

/** The knowledge base: what drafts rest on, and what buyers asked that it does not answer. */
export function KnowledgePage() {
  const { t, format } = useI18n();
  const may = useMay();
  const [search, setSearch] = useSearchParams();
  const tab = search.get("tab") === "questions" ? "questions" : "entries";
  const entries = useEntries();
  const questions = useQuestions();
  const dismiss = useDismissQuestion();
  const [editing, setEditing] = useState<Editing>();
  const [removing, setRemoving] = useState<Entry>();
  const [importing, setImporting] = useState(false);
  const shown = useShown(entries.data);
  const open = questions.data?.length ?? 0;
  const add = <Button leftSection={<IconPlus size={16} />} onClick={() => setEditing({ initial: shown.category ? { category: shown.category } : {} })}>{t("knowledge.add")}</Button>;
  const importButton = <Button variant="default" leftSection={<IconUpload size={16} />} disabled={!entries.data} onClick={() => setImporting(true)}>{t("transfer.import")}</Button>;
  const answer = ({ id, text, language, store }: OpenQuestion) => setEditing({ question: id, initial: { topic: text, language, stores: store && store !== "own" ? [store] : [] } });
  return (
    <Page wide title={t("knowledge.title")} why={t("knowledge.why")} tools={<>{<ExportMenu entries={shown.entries} filtered={shown.filtered} />}{may.answer && importButton}{may.answer && add}</>}>
      <Tabs value={tab} onChange={(value) => setSearch(value === "questions" ? { tab: "questions" } : {}, { replace: true })} keepMounted={false} className={classes.tabs ?? ""}>
        <Tabs.List mb="md">
          <Tabs.Tab value="entries">{t("library.tab.entries")} {entries.data ? format.count(entries.data.length) : ""}</Tabs.Tab>
          <Tabs.Tab value="questions">{t("library.tab.questions")} {open > 0 ? format.count(open) : ""}</Tabs.Tab>
          <Anchor component={Link} to="/marketplace-rules" size="sm" className={classes.rulesLink ?? ""}>{t("rules.title")}</Anchor>
        </Tabs.List>
        <Tabs.Panel value="entries" className={classes.panel ?? ""}>
          <Entries
            entries={entries} shown={shown} empty={may.answer ? <Group justify="center">{importButton}{add}</Group> : null}
            onEdit={may.answer ? (entry) => setEditing({ entry }) : undefined} onRemove={may.answer ? setRemoving : undefined}
          />
        </Tabs.Panel>
        <Tabs.Panel value="questions"><Questions onAnswer={answer} /></Tabs.Panel>
      </Tabs>
      {editing && (
        <EntryDialog
          entry={editing.entry} initial={editing.initial} onSaved={editing.question === undefined ? undefined : () => dismiss.mutate(editing.question ?? "")}
          onClose={() => setEditing(undefined)}
        />
      )}
      {removing && <RemoveDialog entry={removing} onClose={() => setRemoving(undefined)} />}
      {importing && entries.data && <Suspense><ImportDialog entries={entries.data} onClose={() => setImporting(false)} /></Suspense>}
    </Page>
  );
}

/** The entries that the address asks for: searched by the server, filtered here. */
function useShown(all: readonly Entry[] | undefined) {
  const [search, setSearch] = useSearchParams();
  const [typed, category, store, language] = ["q", "category", "store", "language"].map((name) => search.get(name) ?? "") as [string, string, string, string];
  const [q] = useDebouncedValue(typed.trim(), 250);
  const found = useKnowledge(q ? { q } : undefined);
  const base = q ? found.data : all;
  const entries = useMemo(
    () => (base ?? []).filter((entry) => (!category || within(entry.category, category)) && (!store || entry.stores.length === 0 || entry.stores.includes(store)) && (!language || entry.language === language)),
    [base, category, store, language],
  );
  const set = (name: string, value: string) => {
    const next = new URLSearchParams(search);
    if (value) next.set(name, value);
    else next.delete(name);
    setSearch(next, { replace: true });
  };
  return { entries, typed, category, store, language, set, searching: q !== "" && found.isPending, filtered: Boolean(q || category || store || language) };
}

interface EntriesProps {
  entries: ReturnType<typeof useEntries>;
  shown: ReturnType<typeof useShown>;
  empty: React.ReactNode;
  onEdit: ((entry: Entry) => void) | undefined;
  onRemove: ((entry: Entry) => void) | undefined;
}

function Entries({ entries, shown, empty, onEdit, onRemove }: EntriesProps) {
  const i18n = useI18n();
  const { t } = i18n;
  const [moving, setMoving] = useState<string>();
  const tree = useMemo(() => treeOf(entries.data?.map((entry) => entry.category) ?? []), [entries.data]);
  if (entries.isPending) return [0, 1, 2].map((key) => <Skeleton key={key} height={84} mb={10} radius="md" />);
  if (entries.isError) {
    return (
      <Notice title={t("knowledge.failed")} text={explain(entries.error, i18n)}>
        <Button variant="default" onClick={() => void entries.refetch()}>{t("error.retry")}</Button>
      </Notice>
    );
  }
  if (entries.data.length === 0) return <Notice icon={<IconBook2 size={22} />} title={t("knowledge.none")} text={t("knowledge.none.next")}>{empty}</Notice>;
  return (
    <div className={classes.columns}>
      <CategoryTree categories={tree} total={entries.data.length} chosen={shown.category} onChoose={(path) => shown.set("category", path)} onMove={onEdit && setMoving} />
      <div className={classes.right}>
        <Filters shown={shown} />
        <p className={classes.count} role="status">{t("knowledge.count", { n: shown.entries.length })}</p>
        {shown.entries.length > 0 && <EntryList entries={shown.entries} onEdit={onEdit} onRemove={onRemove} />}
        {shown.entries.length === 0 && !shown.searching && <Notice icon={<IconSearchOff size={22} />} title={t("knowledge.noMatch")} text={t("knowledge.noMatch.next")} />}
      </div>
      {moving !== undefined && (
        <MoveDialog
          from={moving} categories={tree} onClose={() => setMoving(undefined)}
          onMoved={(to) => {
            if (shown.category === moving || within(shown.category, moving)) shown.set("category", to);
            setMoving(undefined);
          }}
        />
      )}
    </div>
  );
}

function Filters({ shown }: { shown: ReturnType<typeof useShown> }) {
  const { t, format } = useI18n();
  const stores = useStores();
  const { languages } = useSignedIn().session;
  return (
    <div className={classes.filters}>
      <TextInput type="search" aria-label={t("knowledge.search")} placeholder={t("knowledge.search")} leftSection={<IconSearch size={15} aria-hidden />} value={shown.typed} onChange={(event) => shown.set("q", event.currentTarget.value)} />
      <Select aria-label={t("knowledge.stores")} placeholder={t("knowledge.stores.all")} data={[...stores]} value={shown.store || null} clearable searchable onChange={(value) => shown.set("store", value ?? "")} />
      <Select
        aria-label={t("knowledge.language")} placeholder={t("library.language.all")} data={languages.map((value) => ({ value, label: format.language(value) }))} value={shown.language || null} clearable searchable
        onChange={(value) => shown.set("language", value ?? "")}
      />
    </div>
  );
}
