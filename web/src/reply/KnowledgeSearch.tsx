import { Button, Skeleton, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconQuote, IconSearch } from "@tabler/icons-react";
import { useState, type KeyboardEvent } from "react";
import { toast } from "../app/toast";
import type { Conversation } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";
import { StoreBadge } from "../inbox/Marks";
import { useEntries, useKnowledge, type Entry } from "../knowledge/entries";
import classes from "./Reply.module.css";

interface Props {
  conversation: Conversation;
  /** Ids of the entries that the current draft rests on. */
  used: readonly string[];
  onInsert: ((text: string) => void) | undefined;
}

/** The knowledge base beside a conversation: what the draft rests on first, then what answers the mail's subject or the words typed. */
export function KnowledgeSearch({ conversation, used, onInsert }: Props) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const [q] = useDebouncedValue(typed.trim(), 250);
  const found = useKnowledge({ q: q || conversation.subject, store: conversation.store });
  const entries = useWithUsed(found.data, q ? [] : used);
  const insert = (entry: Entry | undefined) => {
    if (!entry || !onInsert) return;
    onInsert(entry.answer);
    toast({ message: t("library.panel.inserted") });
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setChosen(Math.min(Math.max(chosen + step, 0), entries.length - 1));
    else if (event.key === "Enter" && !event.nativeEvent.isComposing) insert(entries[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <div className={classes.knowledge}>
      {used.length > 0 && <p className={classes.used}>{t("knowledge.tab.used", { n: used.length })}</p>}
      <TextInput
        size="xs" type="search" role="combobox" aria-expanded aria-controls="knowledge-found" aria-activedescendant={entries[chosen] && `found-${entries[chosen].id}`} aria-label={t("knowledge.tab.search")}
        placeholder={t("knowledge.tab.search")} description={onInsert && t("library.panel.keys")} leftSection={<IconSearch size={14} aria-hidden />} value={typed} onKeyDown={onKey}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setChosen(0);
        }}
      />
      {found.isPending && <Skeleton height={64} mt={10} />}
      {found.data && entries.length === 0 && <p className={classes.none}>{t("knowledge.tab.none")}</p>}
      <div id="knowledge-found" role="listbox" aria-label={t("knowledge.tab")} className={classes.found}>
        {entries.map((entry, index) => (
          <Found
            key={entry.id} entry={entry} chosen={index === chosen} used={used.includes(entry.id)}
            onInsert={onInsert && (() => { setChosen(index); insert(entry); })}
          />
        ))}
      </div>
    </div>
  );
}

/** The entries found, with those the draft rests on before them, found or not. */
function useWithUsed(found: readonly Entry[] | undefined, used: readonly string[]): readonly Entry[] {
  const all = useEntries();
  const first = used.flatMap((id) => found?.find((entry) => entry.id === id) ?? all.data?.find((entry) => entry.id === id) ?? []);
  return [...first, ...(found ?? []).filter((entry) => !first.includes(entry))];
}

interface FoundProps {
  entry: Entry;
  chosen: boolean;
  used: boolean;
  onInsert: (() => void) | undefined;
}

function Found({ entry, chosen, used, onInsert }: FoundProps) {
  const { t, format } = useI18n();
  return (
    <div id={`found-${entry.id}`} role="option" aria-selected={chosen} className={classes.entry} data-used={used || undefined} data-chosen={chosen || undefined}>
      {used && <p className={classes.usedHere}><IconQuote size={13} aria-hidden /> {t("library.panel.used")}</p>}
      <h3 lang={entry.language || undefined}>{entry.topic}</h3>
      <p lang={entry.language || undefined}>{entry.answer}</p>
      <div className={classes.entryFacts}>
        {entry.language && <span>{format.language(entry.language)}</span>}
        {entry.stores.length > 0 ? entry.stores.map((store) => <StoreBadge key={store} store={store} />) : <span>{t("knowledge.stores.all")}</span>}
        {onInsert && <Button size="compact-xs" variant="default" aria-label={t("knowledge.tab.insert.label", { topic: entry.topic })} onClick={onInsert}>{t("knowledge.tab.insert")}</Button>}
      </div>
    </div>
  );
}
