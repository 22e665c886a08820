import { Button, Skeleton, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { Conversation } from "../conversation/conversation";
import { useI18n } from "../i18n/i18n";
import { useKnowledge } from "../knowledge/entries";
import classes from "./Reply.module.css";

interface Props {
  conversation: Conversation;
  /** Ids of the entries that the current draft rests on. */
  used: readonly string[];
  onInsert: ((text: string) => void) | undefined;
}

/** The knowledge base beside a conversation: searched by the mail's subject until somebody types. */
export function KnowledgeSearch({ conversation, used, onInsert }: Props) {
  const { t } = useI18n();
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), 250);
  const entries = useKnowledge({ q: q || conversation.subject, store: conversation.store });
  return (
    <div className={classes.knowledge}>
      {used.length > 0 && <p className={classes.used}>{t("knowledge.tab.used", { n: used.length })}</p>}
      <TextInput
        size="xs" type="search" aria-label={t("knowledge.tab.search")} placeholder={t("knowledge.tab.search")} leftSection={<IconSearch size={14} aria-hidden />} value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {entries.isPending && <Skeleton height={64} mt={10} />}
      {entries.data?.length === 0 && <p className={classes.none}>{t("knowledge.tab.none")}</p>}
      <ul className={classes.found}>
        {entries.data?.map((entry) => (
          <li key={entry.id} className={classes.entry} data-used={used.includes(entry.id) || undefined}>
            <h3 lang={entry.language || undefined}>{entry.topic}</h3>
            <p lang={entry.language || undefined}>{entry.answer}</p>
            {onInsert && <Button size="compact-xs" variant="default" aria-label={t("knowledge.tab.insert.label", { topic: entry.topic })} onClick={() => onInsert(entry.answer)}>{t("knowledge.tab.insert")}</Button>}
          </li>
        ))}
      </ul>
    </div>
  );
}
