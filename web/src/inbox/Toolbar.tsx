import { Button, CloseButton, SegmentedControl, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconLayoutGrid, IconList, IconPlus, IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode, type RefObject } from "react";
import { Link } from "react-router";
import type { Schema } from "../api/client";
import { useCompose } from "../compose/ComposeContext";
import { useI18n } from "../i18n/i18n";
import { useMay } from "../session/SessionContext";
import { ActiveFilters, FilterMenu } from "./FilterMenu";
import classes from "./Inbox.module.css";
import { addressOf, tabs, type Filters, type InboxState } from "./state";

interface Props {
  state: InboxState;
  counts: Schema<"Counts"> | undefined;
  searchBox: RefObject<HTMLInputElement | null>;
  onFilter: (next: Partial<Filters>) => void;
  onView: (view: InboxState["view"]) => void;
}

export function Toolbar({ state, counts, searchBox, onFilter, onView }: Props) {
  const { t } = useI18n();
  const may = useMay();
  const { compose } = useCompose();
  return (
    <header className={classes.toolbar}>
      <Tabs state={state} counts={counts} />
      <div className={classes.tools}>
        <SearchBox value={state.filters.q ?? ""} box={searchBox} onSearch={(q) => onFilter({ q: q || undefined })} />
        {may.answer && (
          <Button size="compact-sm" leftSection={<IconPlus size={15} />} title={`${t("compose.new.title")} (c)`} onClick={compose} data-testid="compose-new">{t("compose.new")}</Button>
        )}
        <FilterMenu filters={state.filters} onFilter={onFilter} />
        <SegmentedControl
          size="xs" aria-label={t("view.label")} value={state.view} onChange={(view) => onView(view === "board" ? "board" : "list")}
          data={[
            { value: "list", label: <ViewLabel icon={<IconList size={15} aria-hidden />} name={t("view.list")} /> },
            { value: "board", label: <ViewLabel icon={<IconLayoutGrid size={15} aria-hidden />} name={t("view.board")} /> },
          ]}
        />
      </div>
      <ActiveFilters filters={state.filters} onFilter={onFilter} />
    </header>
  );
}

function ViewLabel({ icon, name }: { icon: ReactNode; name: string }) {
  return (
    <span className={classes.viewLabel} title={name}>
      {icon}
      <VisuallyHidden>{name}</VisuallyHidden>
    </span>
  );
}

function Tabs({ state, counts }: Pick<Props, "state" | "counts">) {
  const { t, format } = useI18n();
  return (
    <nav className={classes.tabs} aria-label={t("tab.label")}>
      {tabs.map((tab) => (
        <Link key={tab} to={addressOf({ ...state, tab })} className={classes.tab ?? ""} aria-current={tab === state.tab ? "page" : undefined} data-testid={`tab-${tab}`}>
          {t(`tab.${tab}`)}
          {counts && <span className={classes.tabCount} data-testid={`count-${tab}`}>{format.count(counts[tab])}</span>}
        </Link>
      ))}
    </nav>
  );
}

interface SearchBoxProps {
  value: string;
  box: RefObject<HTMLInputElement | null>;
  onSearch: (q: string) => void;
}

function SearchBox({ value, box, onSearch }: SearchBoxProps) {
  const { t } = useI18n();
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState(value);
  // The address changed by other means than typing: Back, a link, clearing all.
  if (value !== known) {
    setKnown(value);
    setTyped(value);
  }
  const search = useDebouncedCallback((q: string) => onSearch(q.trim()), 300);
  const clear = () => {
    setTyped("");
    onSearch("");
  };
  return (
    <TextInput
      ref={box} className={classes.search ?? ""} size="xs" type="search" maxLength={200} aria-label={t("search.label")} title={t("search.label")} placeholder={t("search.placeholder")}
      leftSection={<IconSearch size={14} aria-hidden />} value={typed}
      rightSection={typed ? <CloseButton size="xs" aria-label={t("search.clear")} onClick={clear} /> : <kbd aria-hidden>/</kbd>}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") onSearch(typed.trim());
        if (event.key === "Escape") {
          if (typed) clear();
          event.currentTarget.blur();
        }
      }}
    />
  );
}
