import { Alert, Button, NumberInput, Progress, Select, Skeleton, Table } from "@mantine/core";
import { useState } from "react";
import { explain } from "../api/problem";
import { toast } from "../app/toast";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import classes from "./Settings.module.css";
import { recentMonths, useSetBudget, useSpending, type Spending } from "./spending";

/** What the models cost by month and task, and the budget. */
export function SpendingPanel() {
  const i18n = useI18n();
  const { t } = i18n;
  const { ai } = useSignedIn().session;
  const [months] = useState(() => recentMonths(new Date()));
  const [month, setMonth] = useState<string>();
  const spending = useSpending(month);
  return (
    <section className={classes.section} aria-labelledby="ai">
      <h2 className={classes.heading} id="ai">{t("spending.title")}</h2>
      <p className={classes.why}>{t(ai.mode === "model" ? "spending.why" : "spending.offline")}</p>
      <Select w={150} mb="sm" label={t("spending.month")} allowDeselect={false} data={months} value={month ?? months[0] ?? null} onChange={(value) => setMonth(value === months[0] ? undefined : (value ?? undefined))} />
      {spending.isPending && <Skeleton height={120} radius="md" />}
      {spending.isError && <Alert color="red" role="alert">{explain(spending.error, i18n)}</Alert>}
      {spending.data && (
        <>
          <Figures spending={spending.data} current={month === undefined} />
          <Tasks spending={spending.data} />
        </>
      )}
    </section>
  );
}

function Figures({ spending, current }: { spending: Spending; current: boolean }) {
  const { t, format } = useI18n();
  const { budget, spent, state } = spending;
  const warns = state === "near" || state === "drafts_stopped" || state === "spent";
  return (
    <>
      <div className={classes.figures}>
        <p className={classes.amount} data-testid="spent">
          {budget === undefined ? format.dollars(spent) : t("spending.of", { spent: format.dollars(spent), budget: format.dollars(budget) })}
        </p>
      </div>
      {budget !== undefined && <Progress value={Math.min(100, (spent / budget) * 100)} color={warns ? "yellow" : "ink"} aria-label={t("spending.spent")} mb="xs" />}
      {current && <p className={classes.state} data-warns={warns || undefined}>{t(`spending.state.${state}`)}</p>}
      {current && <OwnBudget key={spending.own} spending={spending} />}
    </>
  );
}

/** The organisation's own limit, which only the owner sets. */
function OwnBudget({ spending }: { spending: Spending }) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const owner = useSignedIn().session.member.role === "owner";
  const set = useSetBudget();
  const { own, installed } = spending;
  const [dollars, setDollars] = useState<number | string>(own === undefined ? "" : own / 1e6);
  const why = installed === undefined ? t("spending.own.free") : t("spending.own.why", { installed: format.dollars(installed) });
  const amount = typeof dollars === "number" ? Math.round(dollars * 1e6) : undefined;
  return (
    <form
      className={classes.figures}
      onSubmit={(event) => {
        event.preventDefault();
        set.mutate(amount, { onSuccess: () => toast({ message: t("spending.own.saved") }) });
      }}
    >
      <NumberInput
        label={t("spending.own")} description={owner ? why : t("spending.own.owner")} disabled={!owner} w={320} prefix="$" min={0.01} decimalScale={2} hideControls
        value={dollars} onChange={setDollars} error={set.isError ? explain(set.error, i18n) : undefined}
      />
      {owner && <Button type="submit" variant="default" loading={set.isPending} disabled={amount === own}>{t("action.save")}</Button>}
    </form>
  );
}

function Tasks({ spending }: { spending: Spending }) {
  const { t, format } = useI18n();
  if (spending.tasks.length === 0) return <p className={classes.why}>{t("spending.none")}</p>;
  const free = spending.tasks.some((use) => use.microDollars === 0);
  return (
    <div className={classes.scroll}>
      <Table miw={520} aria-label={t("spending.table")}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("spending.task")}</Table.Th>
            <Table.Th>{t("spending.model")}</Table.Th>
            <Table.Th ta="end">{t("spending.calls")}</Table.Th>
            <Table.Th ta="end">{t("spending.tokens")}</Table.Th>
            <Table.Th ta="end">{t("spending.cost")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {spending.tasks.map((use) => (
            <Table.Tr key={use.task + use.model}>
              <Table.Td>{t(`task.${use.task}`)}</Table.Td>
              <Table.Td>{use.model}</Table.Td>
              <Table.Td ta="end" className={classes.number ?? ""}>{format.count(use.calls)}</Table.Td>
              <Table.Td ta="end" className={classes.number ?? ""}>{format.count(use.inputTokens)} / {format.count(use.outputTokens)}</Table.Td>
              <Table.Td ta="end" className={classes.number ?? ""}>{use.microDollars === 0 ? "–" : format.dollars(use.microDollars)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {free && <p className={classes.why}>{t("spending.unpriced")}</p>}
    </div>
  );
}
