import { Tooltip } from "@mantine/core";
import { IconBook2, IconInbox, IconMailCog, IconMailForward, IconSettings, IconUsers } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { NavLink, useLocation, useSearchParams } from "react-router";
import { useCategories } from "../inbox/categories";
import { usePulse } from "../inbox/pulse";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import { AccountMenu } from "./AccountMenu";
import classes from "./Frame.module.css";

const iconSize = 18;

export function Navigation() {
  const { t } = useI18n();
  const { session } = useSignedIn();
  const pulse = usePulse();
  return (
    <nav className={classes.nav} aria-label={t("nav.label")}>
      <div className={classes.brand}>
        <img src="/quill.svg" width={24} height={24} alt="" />
        <span className={classes.wide}>{session.organisation.name}</span>
      </div>
      <Item to="/inbox/awaiting" under="/inbox" icon={<IconInbox size={iconSize} />} label={t("nav.inbox")} count={pulse.data?.counts.awaiting} />
      <Categories />
      <Item to="/outbox" icon={<IconMailForward size={iconSize} />} label={t("nav.outbox")} />
      <Item to="/knowledge" icon={<IconBook2 size={iconSize} />} label={t("nav.knowledge")} />
      <Item to="/mailboxes" icon={<IconMailCog size={iconSize} />} label={t("nav.mailboxes")} />
      <Item to="/team" icon={<IconUsers size={iconSize} />} label={t("nav.team")} />
      <Item to="/settings" icon={<IconSettings size={iconSize} />} label={t("nav.settings")} />
      <div className={classes.space} />
      <EngineNote />
      <AccountMenu />
    </nav>
  );
}

interface ItemProps {
  to: string;
  under?: string;
  icon: ReactNode;
  label: string;
  count?: number | undefined;
}

function Item({ to, under, icon, label, count }: ItemProps) {
  const { format } = useI18n();
  const inside = useLocation().pathname.startsWith(under ?? to);
  return (
    <Tooltip label={label} position="right" classNames={{ tooltip: classes.narrowOnly ?? "" }}>
      <NavLink to={to} className={classes.item ?? ""} data-active={inside || undefined} aria-current={inside ? "page" : undefined}>
        {icon}
        <span className={classes.label}>{label}</span>
        {count ? <span className={classes.count}>{format.count(count)}</span> : null}
      </NavLink>
    </Tooltip>
  );
}

/** The categories, as filters of the inbox; hidden where the navigation is only icons. */
function Categories() {
  const { t } = useI18n();
  const categories = useCategories();
  const { pathname } = useLocation();
  const [query] = useSearchParams();
  const tab = /^\/inbox\/(\w+)/.exec(pathname)?.[1];
  const chosen = tab ? query.get("category") : undefined;
  const to = (category: string | null) => {
    const next = new URLSearchParams(tab ? query : undefined);
    if (category) next.set("category", category);
    else next.delete("category");
    return { pathname: `/inbox/${tab ?? "awaiting"}`, search: next.toString() };
  };
  return (
    <ul className={classes.categories} aria-label={t("nav.categories")}>
      {[null, ...categories.map((category) => category.value)].map((value) => (
        <li key={value ?? ""}>
          <NavLink to={to(value)} className={classes.category ?? ""} data-active={chosen === value || undefined} aria-current={chosen === value ? "true" : undefined}>
            {value === null ? t("nav.allCategories") : (categories.find((category) => category.value === value)?.label ?? value)}
          </NavLink>
        </li>
      ))}
    </ul>
  );
}

/** Says honestly what makes labels and drafts. */
function EngineNote() {
  const { t } = useI18n();
  const { ai } = useSignedIn().session;
  const label = ai.mode === "model" ? t("ai.model", { model: ai.model ?? "" }) : t(ai.mode === "off" ? "ai.off" : "ai.offline");
  return (
    <Tooltip label={ai.mode === "offline" ? t("ai.offline.why") : label} position="right">
      <span className={classes.engine} tabIndex={0} role="note">{label}</span>
    </Tooltip>
  );
}
