import { ActionIcon, Button, Menu, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconCheck, IconFlag, IconFolder, IconTrash, IconUser, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import { useMembers } from "../team/members";
import { useCategories } from "./categories";
import { changeLimit, type Change } from "./changes";
import classes from "./Inbox.module.css";
import { priorities, type Row } from "./state";

interface Props {
  rows: readonly Row[];
  onChange: (change: Change) => void;
  onDelete: () => void;
  onClear: () => void;
}

/** What can be done with the selected conversations. */
export function BulkBar({ rows, onChange, onDelete, onClear }: Props) {
  const { t } = useI18n();
  const tooMany = rows.length > changeLimit;
  const aside = rows.every((row) => row.status === "no_reply");
  return (
    <div className={classes.bulk} role="toolbar" aria-label={t("bulk.label")} data-testid="bulk">
      <span className={classes.bulkCount} role="status">{tooMany ? t("bulk.limit") : t("bulk.selected", { n: rows.length })}</span>
      <Button
        size="compact-sm" variant="default" disabled={tooMany} leftSection={aside ? <IconArrowBackUp size={15} /> : <IconCheck size={15} />}
        onClick={() => onChange({ rows, action: aside ? "reopen" : "no_reply" })}
      >
        {t(aside ? "bulk.reopen" : "bulk.noReply")}
      </Button>
      <AssignMenu onChoose={(value) => onChange({ rows, action: "assign", value })}>
        <IconButton label={t("bulk.assign")} disabled={tooMany}><IconUser size={16} /></IconButton>
      </AssignMenu>
      <PriorityMenu onChoose={(value) => onChange({ rows, action: "priority", value })}>
        <IconButton label={t("bulk.priority")} disabled={tooMany}><IconFlag size={16} /></IconButton>
      </PriorityMenu>
      <CategoryMenu onChoose={(value) => onChange({ rows, action: "category", value })}>
        <IconButton label={t("bulk.category")} disabled={tooMany}><IconFolder size={16} /></IconButton>
      </CategoryMenu>
      <IconButton label={t("bulk.delete")} disabled={tooMany} onClick={onDelete}><IconTrash size={16} /></IconButton>
      <span className={classes.bulkGap} />
      <IconButton label={t("bulk.clear")} onClick={onClear}><IconX size={16} /></IconButton>
    </div>
  );
}

interface IconButtonProps {
  label: string;
  disabled?: boolean;
  onClick?: () => void;
  children: ReactNode;
}

function IconButton({ label, children, ...rest }: IconButtonProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} {...rest}>{children}</ActionIcon>
    </Tooltip>
  );
}

interface ChooseProps {
  children: ReactNode;
  onChoose: (value: string) => void;
}

export function AssignMenu({ children, onChoose }: ChooseProps) {
  const { t } = useI18n();
  const me = useSignedIn().session.member;
  const others = (useMembers().data ?? []).filter((member) => member.email !== me.email && member.role !== "viewer");
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => onChoose(me.email)}>{t("bulk.assignMe")}</Menu.Item>
        <Menu.Item onClick={() => onChoose("")}>{t("bulk.unassign")}</Menu.Item>
        {others.length > 0 && <Menu.Divider />}
        {others.map(({ email, name }) => <Menu.Item key={email} onClick={() => onChoose(email)}>{name ?? email}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

function PriorityMenu({ children, onChoose }: ChooseProps) {
  const { t } = useI18n();
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {priorities.map((value) => <Menu.Item key={value} onClick={() => onChoose(value)}>{t(`priority.${value}`)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}

function CategoryMenu({ children, onChoose }: ChooseProps) {
  const categories = useCategories();
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>{children}</Menu.Target>
      <Menu.Dropdown>
        {categories.map(({ value, label }) => <Menu.Item key={value} onClick={() => onChoose(value)}>{label}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}
