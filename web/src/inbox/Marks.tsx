import { Tooltip } from "@mantine/core";
import {
  IconAlertTriangle, IconChevronDown, IconChevronUp, IconClock, IconClockExclamation, IconEqual, IconMoodAngry, IconMoodHappy, IconMoodNeutral, IconMoodSad,
  IconMoodSmile, IconPaperclip, type Icon,
} from "@tabler/icons-react";
import { useI18n } from "../i18n/i18n";
import { useStores } from "../session/stores";
import classes from "./Marks.module.css";
import type { Priority, Sentiment } from "./state";
import { timeLeft } from "./urgency";

const moods: Readonly<Record<Sentiment, Icon>> = {
  very_negative: IconMoodAngry, negative: IconMoodSad, neutral: IconMoodNeutral, positive: IconMoodSmile, very_positive: IconMoodHappy,
};
const ranks: Readonly<Record<Priority, Icon>> = { high: IconChevronUp, medium: IconEqual, low: IconChevronDown };

export function PriorityMark({ value }: { value: Priority }) {
  const { t } = useI18n();
  const Rank = ranks[value];
  const name = t("priority.of", { value: t(`priority.${value}`) });
  return (
    <span className={classes.priority} data-value={value} role="img" aria-label={name} title={name}>
      <Rank size={14} stroke={2.5} />
    </span>
  );
}

export function SentimentMark({ value }: { value: Sentiment }) {
  const { t } = useI18n();
  const Mood = moods[value];
  const name = t("sentiment.of", { value: t(`sentiment.${value}`) });
  return (
    <span className={classes.sentiment} data-value={value} role="img" aria-label={name} title={name}>
      <Mood size={15} stroke={1.8} />
    </span>
  );
}

/** The response clock in words with an icon; colour only repeats what they say. */
export function TimeLeft({ due, target, now }: { due: string; target?: boolean; now: number }) {
  const { t, format } = useI18n();
  const left = timeLeft(due, now);
  if (!left) return null;
  const Clock = left.pressure === "late" ? IconClockExclamation : IconClock;
  const time = format.span(left.milliseconds);
  const why = t("time.due", { when: format.exact(due) }) + (target ? ` · ${t("time.target")}` : "");
  return (
    <Tooltip label={why}>
      <span className={classes.left} data-pressure={left.pressure} data-testid="time-left">
        <Clock size={13} stroke={2} aria-hidden />
        {t(left.pressure === "late" ? "time.overdue" : "time.left", { time })}
      </span>
    </Tooltip>
  );
}

/** The marketplace's initial and the store's name. */
export function StoreBadge({ store }: { store: string }) {
  const { t } = useI18n();
  const known = useStores().find(({ value }) => value === store);
  const name = known?.label ?? (store || t("store.unknown"));
  return (
    <span className={classes.store}>
      <span className={classes.market} aria-hidden>{name.charAt(0)}</span>
      {name}
    </span>
  );
}

export function AttachmentMark() {
  const { t } = useI18n();
  return (
    <span role="img" className={classes.quiet} aria-label={t("attachment.mark")} title={t("attachment.mark")}>
      <IconPaperclip size={14} stroke={1.8} />
    </span>
  );
}

export function SuspiciousMark() {
  const { t } = useI18n();
  return (
    <span className={classes.suspicious}>
      <IconAlertTriangle size={13} aria-hidden /> {t("suspicious.mark")}
    </span>
  );
}

/** Says that rules, not a model or a person, set the labels. */
export function EstimateMark() {
  const { t } = useI18n();
  return <span className={classes.estimate} role="img" aria-label={t("estimate.mark")} title={t("estimate.why")}>≈</span>;
}
