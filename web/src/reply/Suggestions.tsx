import { ActionIcon, Button, Skeleton, Tooltip, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconHelpCircle, IconHeartHandshake, IconRefresh, IconShieldX, IconSparkles, type Icon } from "@tabler/icons-react";
import type { Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useSuggest, type Suggestion } from "./draft";
import classes from "./Reply.module.css";

type Stance = Suggestion["stance"];
export type SuggestionId = "s1" | "s2" | "s3";

const stances: Readonly<Record<Stance, Icon>> = { resolve: IconHeartHandshake, ask: IconHelpCircle, decline: IconShieldX };
const ids: readonly SuggestionId[] = ["s1", "s2", "s3"];

interface Props {
  conversation: string;
  suggestions: Schema<"Suggestions"> | undefined;
  chosen: SuggestionId | undefined;
  busy: boolean;
  /** One line per headline, where a draft needs the room. */
  compact: boolean;
  onChoose: (id: SuggestionId) => void;
}

/** Three ways to answer; the full text is written only once one is chosen. */
export function Suggestions({ conversation, suggestions, chosen, busy, compact, onChoose }: Props) {
  const i18n = useI18n();
  const { t, maybe } = i18n;
  const suggest = useSuggest(conversation);
  return (
    <div className={classes.suggestions}>
      <div className={classes.bar}>
        <h2 className={classes.heading}>{t("reply.suggestions")}</h2>
        {suggestions && <MadeMark made={suggestions.made} />}
        {suggestions && !suggestions.grounded && (
          <Tooltip label={t("reply.ungrounded.why")}><span className={classes.ungrounded} tabIndex={0} role="note">{t("reply.ungrounded")}</span></Tooltip>
        )}
        <span className={classes.gap} />
        {suggestions && (
          <Tooltip label={t("reply.suggestions.again")}>
            <ActionIcon size="sm" variant="subtle" color="gray" aria-label={t("reply.suggestions.again")} loading={suggest.isPending} onClick={() => suggest.mutate()}><IconRefresh size={14} /></ActionIcon>
          </Tooltip>
        )}
      </div>
      {suggest.isError && <p className={classes.failed} role="alert">{explain(suggest.error, i18n)}</p>}
      {suggest.isPending ? (
        <div className={classes.cards} role="status" aria-label={t("reply.suggestions.making")}>{ids.map((id) => <Skeleton key={id} height={58} radius="md" />)}</div>
      ) : suggestions ? (
        <div className={classes.cards} data-compact={compact || undefined}>
          {suggestions.items.map((item, index) => {
            const id = ids.find((one) => one === item.id) ?? ids[index] ?? "s1";
            const StanceIcon = stances[item.stance];
            const headline = maybe(item.headlineKey ?? "") ?? item.headline;
            return (
              <UnstyledButton
                key={item.id} className={classes.card ?? ""} data-chosen={chosen === id || undefined} aria-pressed={chosen === id} disabled={busy}
                aria-label={t("reply.choose", { n: index + 1, headline })} onClick={() => onChoose(id)} data-testid={`suggestion-${index + 1}`}
              >
                <span className={classes.stance}>
                  <StanceIcon size={14} aria-hidden /> {t(`stance.${item.stance}`)}
                  {item.entries.length > 0 && <span className={classes.entries} title={item.entries.map((entry) => entry.topic).join("\n")}>{t("reply.entries", { n: item.entries.length })}</span>}
                  <kbd className={classes.key}>{index + 1}</kbd>
                </span>
                <span className={classes.headline} title={headline}>{headline}</span>
                {item.unverified && item.unverified.length > 0 && (
                  <span className={classes.unverifiedHeadline}><IconAlertTriangle size={12} aria-hidden /> {t("reply.headline.unverified", { numbers: item.unverified.join(" · ") })}</span>
                )}
              </UnstyledButton>
            );
          })}
        </div>
      ) : (
        <Button size="compact-sm" variant="default" leftSection={<IconSparkles size={15} />} onClick={() => suggest.mutate()}>{t("reply.suggestions.make")}</Button>
      )}
    </div>
  );
}

/** Who made it: a model by its name, or the offline engine, which only estimates. */
export function MadeMark({ made }: { made: Schema<"Made"> }) {
  const { t, maybe } = useI18n();
  if (made.source === "model") return <span className={classes.made}>{t("reply.byModel", { model: made.model ?? "" })}</span>;
  const why = made.because ? (maybe(`reply.because.${made.because}`) ?? t("reply.because.other")) : t("reply.estimate.why");
  return <Tooltip label={why}><span className={classes.estimate} tabIndex={0} role="note">{t("reply.estimate")}</span></Tooltip>;
}
