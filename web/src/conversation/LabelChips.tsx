import { Menu, ScrollArea, Tooltip, UnstyledButton } from "@mantine/core";
import { IconFolder, IconHandStop } from "@tabler/icons-react";
import { useI18n } from "../i18n/i18n";
import { useCategories } from "../inbox/categories";
import { PriorityMark, SentimentMark } from "../inbox/Marks";
import { intents, mailTypes, priorities, sentiments, type Priority, type Sentiment } from "../inbox/state";
import { useMay, useSignedIn } from "../session/SessionContext";
import { useCorrection, type Conversation } from "./conversation";
import classes from "./Conversation.module.css";
import { labelNames, reasonOf, valueOf, type LabelName } from "./reason";

/** What sorting found out: the reason on hover, the correction on click. */
export function LabelChips({ conversation }: { conversation: Conversation }) {
  const i18n = useI18n();
  const correct = useCorrection(conversation.id);
  return (
    <ul className={classes.labels} aria-label={i18n.t("conversation.labels")}>
      {labelNames.map((name) => (
        <li key={name}><LabelChip name={name} conversation={conversation} onCorrect={(value) => correct.mutate({ [name]: value })} /></li>
      ))}
    </ul>
  );
}

interface ChipProps {
  name: LabelName;
  conversation: Conversation;
  onCorrect: (value: string) => void;
}

function LabelChip({ name, conversation, onCorrect }: ChipProps) {
  const i18n = useI18n();
  const { t } = i18n;
  const may = useMay();
  const values = useValues(name);
  const label = conversation.labels[name];
  const value = valueOf(name, label.value, i18n);
  const reason = `${t(`label.${name}`)} — ${reasonOf(name, label, i18n)}`;
  const content = (
    <>
      {name === "priority" && label.value && <PriorityMark value={label.value as Priority} />}
      {name === "sentiment" && label.value && <SentimentMark value={label.value as Sentiment} />}
      {name === "category" && <IconFolder size={12} aria-hidden />}
      {value}
      {label.source === "estimate" && <span className={classes.guess} aria-hidden>≈</span>}
      {label.source === "hand" && <IconHandStop size={11} aria-hidden />}
    </>
  );
  if (!may.answer) return <Tooltip label={reason}><span className={classes.label} tabIndex={0} role="note">{content}</span></Tooltip>;
  return (
    <Menu withinPortal position="bottom-start">
      <Menu.Target>
        <Tooltip label={reason}>
          <UnstyledButton className={classes.label ?? ""} aria-label={t("label.correct", { label: t(`label.${name}`), value })} data-testid={`label-${name}`}>{content}</UnstyledButton>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label maw={280} style={{ whiteSpace: "normal" }}>{reason}</Menu.Label>
        <ScrollArea.Autosize mah={320}>
          {values.map((one) => (
            <Menu.Item key={one} aria-current={one === label.value ? "true" : undefined} fw={one === label.value ? 600 : undefined} onClick={() => onCorrect(one)}>
              {valueOf(name, one, i18n)}
            </Menu.Item>
          ))}
        </ScrollArea.Autosize>
      </Menu.Dropdown>
    </Menu>
  );
}

function useValues(name: LabelName): readonly string[] {
  const categories = useCategories();
  const { languages } = useSignedIn().session;
  const values: Readonly<Record<LabelName, readonly string[]>> = {
    type: mailTypes, category: categories.map(({ value }) => value), intent: intents, priority: priorities, sentiment: sentiments, language: languages,
  };
  return values[name];
}
