import { Alert, Autocomplete, Button, Group, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { toast } from "../app/toast";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useMoveCategory } from "./changes";
import { tidyCategory } from "./transfer/table";
import { within, type Category } from "./tree";

interface Props {
  from: string;
  categories: readonly Category[];
  onMoved: (to: string) => void;
  onClose: () => void;
}

/** Renames a category or puts it below another, with everything in it. */
export function MoveDialog({ from, categories, onMoved, onClose }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [typed, setTyped] = useState(from);
  const move = useMoveCategory();
  const to = tidyCategory(typed);
  const count = categories.find((category) => category.path === from)?.count ?? 0;
  const ready = to !== from && !within(to, from);
  return (
    <Modal opened onClose={onClose} title={t("library.category.move.title", { name: from })} closeButtonProps={{ "aria-label": t("action.close") }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!ready) return;
          move.mutate({ from, to }, {
            onSuccess: ({ moved, left }) => {
              toast({ message: left > 0 ? t("library.category.partly", { n: left }) : t("library.category.moved", { n: moved }), failed: left > 0 });
              onMoved(to);
            },
          });
        }}
      >
        <Text size="sm" mb="sm">{t("library.category.move.why", { n: count })}</Text>
        <Autocomplete
          label={t("library.category.move.to")} description={t("knowledge.category.why")} value={typed} maxLength={120} data-autofocus onChange={setTyped}
          data={categories.map((category) => category.path).filter((path) => path !== from && !within(path, from))}
        />
        {move.isError && <Alert color="red" role="alert" mt="sm">{explain(move.error, i18n)}</Alert>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" disabled={!ready} loading={move.isPending}>{t("library.category.move.do")}</Button>
        </Group>
      </form>
    </Modal>
  );
}
