import { ActionIcon, Menu } from "@mantine/core";
import { IconArrowsMove } from "@tabler/icons-react";
import { useMemo, useState, type DragEvent } from "react";
import { Link } from "react-router";
import { toast } from "../app/toast";
import type { Key } from "../i18n/catalogue";
import { useI18n } from "../i18n/i18n";
import classes from "./Board.module.css";
import type { Change } from "./changes";
import { PriorityMark, SentimentMark, StoreBadge, TimeLeft } from "./Marks";
import { addressOf, type InboxState, type Row } from "./state";
import { quadrantOf, quadrants, urgentHours, type Quadrant } from "./urgency";

interface Props {
  rows: readonly Row[];
  state: InboxState;
  now: number;
  complete: boolean;
  onChange: (change: Change) => void;
}

const dragType = "application/x-quilldesk-conversation";

function nameOf({ urgent, important }: Quadrant): Key & `board.${string}` {
  if (urgent) return important ? "board.urgentImportant" : "board.urgent";
  return important ? "board.important" : "board.neither";
}

/** The same conversations by urgency and importance. Dragging sets the priority; the clock cannot be dragged. */
export function Board({ rows, state, now, complete, onChange }: Props) {
  const { t } = useI18n();
  const sorted = useMemo(() => byQuadrant(rows, now), [rows, now]);
  const move = (row: Row, to: Quadrant) => {
    const from = quadrantOf(row, now);
    if (from.important !== to.important) onChange({ rows: [row], action: "priority", value: to.important ? "high" : "low" });
    if (from.urgent !== to.urgent) toast({ message: t("board.clock") });
  };
  return (
    <section className={classes.board} aria-label={t("board.label")} data-testid="board">
      {quadrants.map((quadrant) => (
        <QuadrantBox
          key={nameOf(quadrant)} quadrant={quadrant} rows={sorted.get(nameOf(quadrant)) ?? []} state={state} now={now}
          onDropId={(id) => {
            const row = rows.find((one) => one.id === id);
            if (row) move(row, quadrant);
          }}
          onMove={move}
        />
      ))}
      {!complete && <p className={classes.partial}>{t("board.partial", { n: rows.length })}</p>}
    </section>
  );
}

/** The most pressing first: by the clock, and those without one by their age. */
function byQuadrant(rows: readonly Row[], now: number): Map<string, Row[]> {
  const sorted = new Map<string, Row[]>();
  for (const row of rows.toSorted((a, b) => (a.due ?? "9").localeCompare(b.due ?? "9"))) {
    const name = nameOf(quadrantOf(row, now));
    sorted.set(name, [...(sorted.get(name) ?? []), row]);
  }
  return sorted;
}

interface BoxProps {
  quadrant: Quadrant;
  rows: readonly Row[];
  state: InboxState;
  now: number;
  onDropId: (id: string) => void;
  onMove: (row: Row, to: Quadrant) => void;
}

function QuadrantBox({ quadrant, rows, state, now, onDropId, onMove }: BoxProps) {
  const { t, format } = useI18n();
  const [over, setOver] = useState(false);
  const name = nameOf(quadrant);
  const axes = [quadrant.urgent ? t("board.axis.urgent", { hours: urgentHours }) : "", quadrant.important ? t("board.axis.important") : ""];
  const accept = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes(dragType)) return;
    event.preventDefault();
    setOver(true);
  };
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- dragging has its keyboard twin in each card's menu
    <section
      className={classes.quadrant} aria-label={t(name)} data-over={over || undefined} data-testid={name}
      onDragOver={accept} onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        onDropId(event.dataTransfer.getData(dragType));
      }}
    >
      <header className={classes.head} title={axes.filter(Boolean).join(" · ")}>
        <h2>{t(name)}</h2>
        <span className={classes.count}>{format.count(rows.length)}</span>
        <span className={classes.hint}>{t(`${name}.hint` as Key)}</span>
      </header>
      <ul className={classes.cards}>
        {rows.map((row) => <Card key={row.id} row={row} state={state} now={now} quadrant={quadrant} onMove={onMove} />)}
        {rows.length === 0 && <li className={classes.empty}>{t("board.empty")}</li>}
      </ul>
    </section>
  );
}

interface CardProps {
  row: Row;
  state: InboxState;
  now: number;
  quadrant: Quadrant;
  onMove: (row: Row, to: Quadrant) => void;
}

function Card({ row, state, now, quadrant, onMove }: CardProps) {
  const { t } = useI18n();
  const buyer = row.buyer || t("row.unknownBuyer");
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- see the menu below
    <li className={classes.card} draggable onDragStart={(event) => event.dataTransfer.setData(dragType, row.id)}>
      <Link to={addressOf(state, row.id)} className={classes.link ?? ""} draggable={false}>
        <span className={classes.line}>
          {row.priority && <PriorityMark value={row.priority} />}
          <span className={classes.buyer}>{buyer}</span>
          <span className={classes.gap} />
          {row.due && <TimeLeft due={row.due} target={row.target ?? false} now={now} />}
        </span>
        <span className={classes.subject} lang={row.language || undefined}>{row.subject || t("row.noSubject")}</span>
        <span className={classes.meta}>
          <StoreBadge store={row.store} />
          {row.intent && <span>{t(`intent.${row.intent}`)}</span>}
          {row.sentiment && row.sentiment !== "neutral" && <SentimentMark value={row.sentiment} />}
        </span>
      </Link>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon className={classes.move ?? ""} size="sm" variant="default" aria-label={t("board.move", { buyer })}><IconArrowsMove size={13} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={quadrant.important} onClick={() => onMove(row, { ...quadrant, important: true })}>{t("board.toImportant")}</Menu.Item>
          <Menu.Item disabled={!quadrant.important} onClick={() => onMove(row, { ...quadrant, important: false })}>{t("board.toUnimportant")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </li>
  );
}
