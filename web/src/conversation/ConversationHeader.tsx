import { ActionIcon, Button, CopyButton, Group, Menu, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconArrowMerge, IconCheck, IconChevronLeft, IconCopy, IconDots, IconInfoCircle, IconTrash, IconUser } from "@tabler/icons-react";
import { useKeys } from "../app/keys";
import { useI18n } from "../i18n/i18n";
import { AssignMenu } from "../inbox/BulkBar";
import type { Change } from "../inbox/changes";
import { StoreBadge, TimeLeft } from "../inbox/Marks";
import { useMay } from "../session/SessionContext";
import { useMembers } from "../team/members";
import { rowOf, type Conversation } from "./conversation";
import classes from "./Conversation.module.css";
import { useForward } from "./ForwardButton";
import { LabelChips } from "./LabelChips";

interface Props {
  conversation: Conversation;
  now: number;
  onClose: () => void;
  onChange: (change: Change) => void;
  onDelete: () => void;
  onMerge: () => void;
  onDetails: () => void;
}

export function ConversationHeader({ conversation, now, onClose, onChange, onDelete, onMerge, onDetails }: Props) {
  const { t } = useI18n();
  const may = useMay();
  const { buyer, subject, orderNumbers, clock, status, labels } = conversation;
  return (
    <header className={classes.header}>
      <div className={classes.titleLine}>
        <ActionIcon className={classes.back ?? ""} variant="subtle" color="gray" aria-label={t("action.back")} onClick={onClose}><IconChevronLeft size={18} /></ActionIcon>
        <h1 className={classes.subject} lang={labels.language.value || undefined} title={subject}>{subject || t("row.noSubject")}</h1>
        {clock && status === "awaiting" && <TimeLeft due={clock.due} target={clock.target ?? false} now={now} />}
        <Group gap={4} wrap="nowrap">
          {may.answer && <Actions conversation={conversation} onChange={onChange} onDelete={onDelete} onMerge={onMerge} />}
          <ActionIcon className={classes.detailsButton ?? ""} variant="subtle" color="gray" aria-label={t("conversation.details")} onClick={onDetails}>
            <IconInfoCircle size={18} />
          </ActionIcon>
        </Group>
      </div>
      <div className={classes.who}>
        <span className={classes.buyer} title={buyer.address}>{buyer.name ?? buyer.address ?? t("row.unknownBuyer")}</span>
        <StoreBadge store={conversation.store} />
        {orderNumbers.map((order) => <OrderNumber key={order} order={order} />)}
        {status !== "awaiting" && <span className={classes.status}>{t(`status.${status}`)}</span>}
      </div>
      <LabelChips conversation={conversation} />
    </header>
  );
}

function OrderNumber({ order }: { order: string }) {
  const { t } = useI18n();
  return (
    <CopyButton value={order}>
      {({ copied, copy }) => (
        <Tooltip label={t(copied ? "conversation.copiedOrder" : "conversation.copyOrder", { order })}>
          <button type="button" className={classes.order} onClick={copy} aria-label={t("conversation.copyOrder", { order })}>
            {order} {copied ? <IconCheck size={12} aria-hidden /> : <IconCopy size={12} aria-hidden />}
          </button>
        </Tooltip>
      )}
    </CopyButton>
  );
}

function Actions({ conversation, onChange, onDelete, onMerge }: Pick<Props, "conversation" | "onChange" | "onDelete" | "onMerge">) {
  const { t } = useI18n();
  const members = useMembers().data;
  const forward = useForward(conversation.id);
  useKeys({ f: () => forward() });
  const rows = [rowOf(conversation)];
  const aside = conversation.status === "no_reply";
  const name = conversation.assignee && (members?.find((member) => member.email === conversation.assignee)?.name ?? conversation.assignee);
  return (
    <>
      <AssignMenu onChoose={(value) => onChange({ rows, action: "assign", value })}>
        <Button
          size="compact-sm" variant="subtle" color="gray" leftSection={<IconUser size={15} />} className={classes.assign ?? ""}
          aria-label={name ? t("conversation.assignee", { name }) : t("conversation.unassigned")}
        >
          {name ?? t("conversation.assign")}
        </Button>
      </AssignMenu>
      <Button
        size="compact-sm" variant="default" leftSection={aside ? <IconArrowBackUp size={15} /> : <IconCheck size={15} />} className={classes.noReply ?? ""}
        onClick={() => onChange({ rows, action: aside ? "reopen" : "no_reply" })}
      >
        {t(aside ? "conversation.reopen" : "conversation.noReply")}
      </Button>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t("action.more")}><IconDots size={18} /></ActionIcon></Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconArrowMerge size={15} />} onClick={onMerge}>{t("merge.open")}</Menu.Item>
          <Menu.Item leftSection={<IconArrowForwardUp size={15} />} rightSection={<kbd>f</kbd>} onClick={() => forward()}>{t("compose.forward")}</Menu.Item>
          <Menu.Item color="red" leftSection={<IconTrash size={15} />} rightSection={<kbd>#</kbd>} onClick={onDelete}>{t("conversation.delete")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
