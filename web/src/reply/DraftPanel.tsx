import { Button, Group, HoverCard, Loader } from "@mantine/core";
import { IconAlertTriangle, IconHelpCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { Schema } from "../api/client";
import { useI18n } from "../i18n/i18n";
import { useNow } from "../inbox/useNow";
import type { Draft } from "./draft";
import { piecesOf, placesOf, type Range } from "./marks";
import classes from "./Reply.module.css";
import { MadeMark } from "./Suggestions";

type Mark = { kind: "cited"; citation: Schema<"Citation"> } | { kind: "unverified" };

interface Props {
  draft: Draft;
  onApply: () => void;
  onDiscard: () => void;
}

/** A draft as it was written: what rests on the knowledge base, what is missing, what to check. */
export function DraftPanel({ draft, onApply, onDiscard }: Props) {
  const { t, format } = useI18n();
  return (
    <section className={classes.draft} aria-label={t("draft.title")} data-testid="draft">
      <div className={classes.bar}>
        <h2 className={classes.heading}>{t("draft.title")}</h2>
        <span className={classes.made}>{format.language(draft.language)}</span>
        <MadeMark made={draft.made} />
        <span className={classes.gap} />
        <Group gap={6}>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={onDiscard}>{t("draft.discard")}</Button>
          <Button size="compact-sm" onClick={onApply} data-testid="apply">{t("draft.apply")}</Button>
        </Group>
      </div>
      <p className={classes.draftText} lang={draft.language} dir="auto">
        {piecesOf(draft.text, rangesOf(draft)).map((piece, index) => <DraftPiece key={index} text={piece.text} marks={piece.marks} />)}
      </p>
      {draft.cut && <p className={classes.unverified}><IconAlertTriangle size={15} aria-hidden /> <span>{t("draft.cut")}</span></p>}
      {draft.missing.length > 0 && (
        <div className={classes.missing}>
          <IconHelpCircle size={15} aria-hidden /> <strong>{t("draft.missing")}</strong>
          <ul>{draft.missing.map((question) => <li key={question}>{question}</li>)}</ul>
        </div>
      )}
      {draft.unverified.length > 0 && (
        <p className={classes.unverified}>
          <IconAlertTriangle size={15} aria-hidden /> <span>{t("draft.unverified")}: <strong>{draft.unverified.join(" · ")}</strong></span>
        </p>
      )}
    </section>
  );
}

function rangesOf(draft: Draft): Range<Mark>[] {
  return [
    ...draft.citations.map((citation) => ({ start: citation.start, end: citation.end, mark: { kind: "cited" as const, citation } })),
    ...placesOf(draft.text, draft.unverified).map(({ start, end }) => ({ start, end, mark: { kind: "unverified" as const } })),
  ];
}

function DraftPiece({ text, marks }: { text: string; marks: readonly Mark[] }) {
  const { t } = useI18n();
  const cited = marks.find((mark) => mark.kind === "cited");
  const content = marks.some((mark) => mark.kind === "unverified") ? <mark className={classes.unverifiedMark} title={t("draft.unverified")}>{text}</mark> : text;
  if (!cited) return content;
  return (
    <HoverCard width={340} shadow="md" withinPortal openDelay={150}>
      <HoverCard.Target><span className={classes.cited} tabIndex={0} role="note" data-testid="citation">{content}</span></HoverCard.Target>
      <HoverCard.Dropdown>
        <p className={classes.citedTopic}>{t("draft.cited", { topic: cited.citation.topic })}</p>
        <blockquote className={classes.citedQuote}>{cited.citation.quote}</blockquote>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}

/** Says that a draft is being written, for how long, and what there is of it: plain, as nothing of it is checked. */
export function Drafting({ partial, onStop }: { partial: string | undefined; onStop: () => void }) {
  const { t } = useI18n();
  const [start] = useState(() => Date.now());
  const seconds = Math.floor((useNow(500) - start) / 1000);
  return (
    <>
      <div className={classes.drafting} role="status">
        <Loader size={14} /> {seconds < 3 ? t("reply.drafting") : t("reply.drafting.long", { seconds })}
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onStop}>{t("reply.drafting.stop")}</Button>
      </div>
      {partial && (
        <section className={classes.draft} aria-label={t("draft.growing")} data-testid="partial-draft">
          <span className={classes.estimate}>{t("draft.growing")}</span>
          <p className={classes.draftText} dir="auto">{partial}</p>
        </section>
      )}
    </>
  );
}

/** A draft that broke off: its text is usable, and nothing of it is checked. */
export function BrokenDraft({ text, onUse }: { text: string; onUse: () => void }) {
  const { t } = useI18n();
  return (
    <section className={classes.draft} aria-label={t("draft.growing")} data-testid="broken-draft">
      <div className={classes.bar}>
        <span className={classes.estimate}>{t("draft.growing")}</span>
        <span className={classes.gap} />
        <Button size="compact-sm" variant="default" onClick={onUse}>{t("draft.broken.use")}</Button>
      </div>
      <p className={classes.draftText} dir="auto">{text}</p>
      <p className={classes.unverified}><IconAlertTriangle size={15} aria-hidden /> <span>{t("draft.broken")}</span></p>
    </section>
  );
}
