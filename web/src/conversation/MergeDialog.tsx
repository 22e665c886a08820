import { Alert, Button, Group, Loader, Modal, Radio, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { ApiError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import type { Row } from "../inbox/state";
import type { Detail } from "./conversation";
import { useCandidates, useMerge } from "./merging";

interface Props {
  detail: Detail;
  now: number;
  onClose: () => void;
}

/** Chooses the conversation that this one is merged into. */
export function MergeDialog({ detail: { conversation, others }, now, onClose }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [typed, setTyped] = useState("");
  const [q] = useDebouncedValue(typed.trim(), 300);
  const [into, setInto] = useState<string>();
  const found = useCandidates(q);
  const merge = useMerge(conversation.id);
  const fits = (row: Row) => row.id !== conversation.id && row.mailbox === conversation.mailbox && row.store === conversation.store;
  const rows = ((q ? found.data : others) ?? []).filter(fits);
  const differs = merge.error instanceof ApiError && merge.error.code === "merge_differs";
  const choose = (id: string) => {
    setInto(id);
    merge.reset();
  };
  return (
    <Modal opened onClose={onClose} title={t("merge.title")} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (into) merge.mutate({ into, anyway: differs }, { onSuccess: onClose });
        }}
      >
        <Text size="sm" mb="sm">{t("merge.why")}</Text>
        <TextInput
          label={t("merge.search")} placeholder={t("merge.search.example")} value={typed} data-autofocus autoComplete="off"
          leftSection={<IconSearch size={15} />} rightSection={q && found.isFetching ? <Loader size={14} /> : undefined}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setInto(undefined);
          }}
        />
        <Radio.Group value={into ?? ""} onChange={choose} label={t(q ? "merge.found" : "merge.others")} mt="md">
          <Stack gap={6} mt={6}>
            {rows.map((row) => <Choice key={row.id} row={row} now={now} />)}
            {rows.length === 0 && !found.isFetching && <Text size="sm" c="dimmed">{t(q ? "merge.found.none" : "merge.others.none")}</Text>}
          </Stack>
        </Radio.Group>
        {merge.isError && (
          <Alert color={differs ? "yellow" : "red"} role="alert" mt="md" title={differs ? t("merge.differs") : undefined}>
            {differs ? t("merge.differs.why") : explain(merge.error, i18n)}
          </Alert>
        )}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" disabled={!into} loading={merge.isPending}>{t(differs ? "merge.anyway" : "merge.do")}</Button>
        </Group>
      </form>
    </Modal>
  );
}

function Choice({ row, now }: { row: Row; now: number }) {
  const { t, format } = useI18n();
  const facts = [row.buyer, row.order, t(`status.${row.status}`), format.age(row.at, now)].filter(Boolean).join(" · ");
  return <Radio value={row.id} label={row.subject || t("row.noSubject")} description={facts} />;
}
