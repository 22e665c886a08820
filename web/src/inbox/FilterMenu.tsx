import { Button, Indicator, Pill, Popover, Select, Switch } from "@mantine/core";
import { IconFilter2 } from "@tabler/icons-react";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n";
import { useMailboxes } from "../mailbox/mailboxes";
import { useSignedIn } from "../session/SessionContext";
import { useStores } from "../session/stores";
import { useMembers } from "../team/members";
import { useCategories } from "./categories";
import classes from "./Inbox.module.css";
import { intents, priorities, sentiments, type Filters } from "./state";

interface Props {
  filters: Filters;
  onFilter: (next: Partial<Filters>) => void;
}

type Choice = Exclude<keyof Filters, "overdue" | "q">;

interface Option {
  value: string;
  label: string;
}

/** What each filter can be set to, in the order they are shown. */
function useChoices(): readonly { name: Choice; options: readonly Option[] }[] {
  const { t, format } = useI18n();
  const { session } = useSignedIn();
  const categories = useCategories();
  const stores = useStores();
  const mailboxes = useMailboxes().data ?? [];
  const members = useMembers().data ?? [session.member];
  return [
    { name: "category", options: categories },
    { name: "store", options: stores },
    { name: "mailbox", options: mailboxes.map(({ id, address }) => ({ value: id, label: address })) },
    { name: "priority", options: priorities.map((value) => ({ value, label: t(`priority.${value}`) })) },
    { name: "sentiment", options: sentiments.map((value) => ({ value, label: t(`sentiment.${value}`) })) },
    { name: "intent", options: intents.map((value) => ({ value, label: t(`intent.${value}`) })) },
    { name: "language", options: session.languages.map((value) => ({ value, label: format.language(value) })) },
    { name: "assignee", options: members.map(({ email, name }) => ({ value: email, label: email === session.member.email ? t("filter.me") : (name ?? email) })) },
  ];
}

export function FilterMenu({ filters, onFilter }: Props) {
  const { t } = useI18n();
  const choices = useChoices();
  const active = choices.filter(({ name }) => filters[name]).length + (filters.overdue ? 1 : 0);
  return (
    <Popover position="bottom-end" width={300} shadow="md" trapFocus withinPortal>
      <Indicator disabled={active === 0} size={7} offset={3}>
        <Popover.Target>
          <Button size="xs" variant="default" px={8} leftSection={<IconFilter2 size={15} aria-hidden />} classNames={{ section: classes.buttonIcon ?? "" }} data-testid="filters">
            {t("filter.add")}
          </Button>
        </Popover.Target>
      </Indicator>
      <Popover.Dropdown className={classes.filterForm ?? ""} role="dialog" aria-label={t("filter.label")}>
        {choices.map(({ name, options }) => (
          <Select
            key={name} size="xs" label={t(`filter.${name}`)} placeholder={t("filter.any")} data={[...options]} value={filters[name] ?? null}
            clearable searchable={options.length > 8} comboboxProps={{ withinPortal: false }}
            onChange={(value) => onFilter({ [name]: value ?? undefined })}
          />
        ))}
        <Switch label={t("filter.overdue")} checked={filters.overdue ?? false} onChange={(event) => onFilter({ overdue: event.currentTarget.checked || undefined })} />
        {active > 0 && <Button size="xs" variant="subtle" onClick={() => onFilter(noFilters)}>{t("filter.clear")}</Button>}
      </Popover.Dropdown>
    </Popover>
  );
}

export const noFilters: Partial<Filters> = {
  category: undefined, store: undefined, mailbox: undefined, priority: undefined, sentiment: undefined, intent: undefined, language: undefined,
  assignee: undefined, overdue: undefined, q: undefined,
};

/** The filters in force, each with its own way out. */
export function ActiveFilters({ filters, onFilter }: Props) {
  const { t } = useI18n();
  const choices = useChoices();
  const active: { name: keyof Filters; label: Key; value: string }[] = choices.flatMap(({ name, options }) => {
    const value = filters[name];
    return value ? [{ name, label: `filter.${name}` as const, value: options.find((option) => option.value === value)?.label ?? value }] : [];
  });
  if (filters.overdue) active.push({ name: "overdue", label: "filter.overdue", value: "" });
  if (active.length === 0) return null;
  return (
    <div className={classes.active}>
      {active.map(({ name, label, value }) => (
        <Pill
          key={name} withRemoveButton onRemove={() => onFilter({ [name]: undefined })}
          removeButtonProps={{ "aria-label": t("filter.remove", { name: t(label), value }), "aria-hidden": false, tabIndex: 0 }}
        >
          {value ? `${t(label)}: ${value}` : t(label)}
        </Pill>
      ))}
    </div>
  );
}
