import { Avatar, Checkbox, Skeleton } from "@mantine/core";
import { memo } from "react";
import { Link, type To } from "react-router";
import { useI18n } from "../i18n/i18n";
import classes from "./List.module.css";
import { AttachmentMark, EstimateMark, PriorityMark, SentimentMark, StoreBadge, SuspiciousMark, TimeLeft } from "./Marks";
import type { Row } from "./state";

interface Props {
  row: Row;
  to: To;
  now: number;
  current: boolean;
  cursor: boolean;
  selected: boolean;
  selecting: boolean;
  onSelect: (row: Row, shift: boolean) => void;
  onPrefetch: (id: string) => void;
}

/** One conversation in the list: three lines that say who, what and how urgent. */
export const ConversationRow = memo(function ConversationRow({ row, to, now, current, cursor, selected, selecting, onSelect, onPrefetch }: Props) {
  const { t, format } = useI18n();
  const buyer = row.buyer || t("row.unknownBuyer");
  return (
    <div
      className={classes.row}
      data-testid="row" data-id={row.id} data-current={current || undefined} data-cursor={cursor || undefined} data-selected={selected || undefined}
      data-selecting={selecting || undefined}
      onPointerEnter={() => onPrefetch(row.id)}
    >
      <div className={classes.gutter}>
        <span className={classes.rank}>{row.priority && <PriorityMark value={row.priority} />}</span>
        <Checkbox
          size="xs" className={classes.check ?? ""} aria-label={t("row.select", { buyer })} checked={selected}
          onChange={(event) => onSelect(row, event.nativeEvent instanceof MouseEvent && event.nativeEvent.shiftKey)}
        />
      </div>
      <Link to={to} className={classes.link ?? ""} aria-current={current ? "true" : undefined}>
        <span className={classes.line}>
          <span className={classes.buyer}>{buyer}</span>
          {(row.messages ?? 0) > 1 && <span className={classes.messages} title={t("row.messages", { n: row.messages ?? 0 })}>{row.messages}</span>}
          <span className={classes.gap} />
          {row.due && row.status === "awaiting" && <TimeLeft due={row.due} target={row.target ?? false} now={now} />}
          <time className={classes.age} dateTime={row.at} title={format.exact(row.at)}>{format.age(row.at, now)}</time>
        </span>
        <span className={classes.subject} lang={row.language || undefined}>
          {row.subject || t("row.noSubject")}
          {row.snippet && <span className={classes.snippet}> {row.snippet}</span>}
        </span>
        <span className={classes.meta}>
          <StoreBadge store={row.store} />
          {row.sorted ? <Labels row={row} /> : <span className={classes.sorting} title={t("sorting.why")}>{t("sorting.mark")}</span>}
          {row.suspicious && <SuspiciousMark />}
          <span className={classes.gap} />
          {row.attachments && <AttachmentMark />}
          {row.assignee && <Avatar size={18} radius="xl" name={row.assignee} color="gray" role="img" aria-label={t("row.assigned", { name: row.assignee })} title={t("row.assigned", { name: row.assignee })} />}
        </span>
      </Link>
    </div>
  );
});

function Labels({ row }: { row: Row }) {
  const { t, format } = useI18n();
  return (
    <>
      {row.intent && <span className={classes.intent}>{row.estimate && <EstimateMark />}{t(`intent.${row.intent}`)}</span>}
      {row.sentiment && row.sentiment !== "neutral" && <SentimentMark value={row.sentiment} />}
      {row.language && (
        <abbr className={classes.language} title={t("language.of", { value: format.language(row.language) })}>{row.language.replace(/-[A-Z]{2}$/, "")}</abbr>
      )}
    </>
  );
}

export function RowSkeleton() {
  return (
    <div className={classes.row} aria-hidden>
      <div className={classes.gutter} />
      <div className={classes.link}>
        <Skeleton height={11} width="45%" mt={4} />
        <Skeleton height={11} width="85%" mt={10} />
        <Skeleton height={9} width="60%" mt={10} />
      </div>
    </div>
  );
}
