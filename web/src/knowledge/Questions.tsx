import { Alert, Anchor, Button, Group, Skeleton } from "@mantine/core";
import { IconMessageQuestion } from "@tabler/icons-react";
import { Link } from "react-router";
import { Notice } from "../app/Notice";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { StoreBadge } from "../inbox/Marks";
import { useNow } from "../inbox/useNow";
import { useMay } from "../session/SessionContext";
import { useDismissQuestion } from "./changes";
import { useQuestions, type OpenQuestion } from "./entries";
import classes from "./Knowledge.module.css";

/** What buyers asked and the knowledge base did not answer, the most frequent first. */
export function Questions({ onAnswer }: { onAnswer: (question: OpenQuestion) => void }) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const now = useNow(60_000);
  const may = useMay();
  const questions = useQuestions();
  const dismiss = useDismissQuestion();
  if (questions.isPending) return <Skeleton height={120} radius="md" />;
  if (questions.isError) {
    return (
      <Notice title={t("library.questions.failed")} text={explain(questions.error, i18n)}>
        <Button variant="default" onClick={() => void questions.refetch()}>{t("error.retry")}</Button>
      </Notice>
    );
  }
  if (questions.data.length === 0) return <Notice icon={<IconMessageQuestion size={22} />} title={t("library.questions.none")} text={t("library.questions.none.why")} />;
  return (
    <>
      <p className={classes.count}>{t("library.questions.why")}</p>
      {dismiss.isError && <Alert color="red" role="alert" mb="sm">{explain(dismiss.error, i18n)}</Alert>}
      <ul className={classes.list}>
        {questions.data.map((question) => (
          <li key={question.id} className={classes.card} data-testid="question">
            <span className={classes.times} title={t("library.questions.times", { n: question.count })}>{format.count(question.count)}×</span>
            <div className={classes.main}>
              <h2 className={classes.topic} lang={question.language || undefined}>{question.text}</h2>
              <div className={classes.facts}>
                {question.store && <StoreBadge store={question.store} />}
                {question.language && <span>{format.language(question.language)}</span>}
                <time dateTime={question.at} title={format.exact(question.at)}>{format.ago(question.at, now)}</time>
                {question.conversation && <Anchor component={Link} size="xs" to={`/inbox/all/${question.conversation}`}>{t("library.questions.open")}</Anchor>}
              </div>
            </div>
            {may.answer && (
              <Group gap={6} wrap="nowrap" className={classes.actions ?? ""}>
                <Button size="compact-sm" aria-label={t("library.questions.answer.label", { question: question.text })} onClick={() => onAnswer(question)}>{t("library.questions.answer")}</Button>
                <Button size="compact-sm" variant="default" loading={dismiss.isPending && dismiss.variables === question.id} aria-label={t("library.questions.dismiss.label", { question: question.text })} onClick={() => dismiss.mutate(question.id)}>{t("library.questions.dismiss")}</Button>
              </Group>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
