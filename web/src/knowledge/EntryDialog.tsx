import { Alert, Button, Code, Group, Modal, MultiSelect, Select, Stack, TagsInput, Textarea, TextInput } from "@mantine/core";
import { IconUserExclamation } from "@tabler/icons-react";
import { useState } from "react";
import { toast } from "../app/toast";
import { codeOfError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import { useStores } from "../session/stores";
import { useSaveEntry, useStoredEntry } from "./changes";
import type { Entry, EntryInput } from "./entries";
import classes from "./Knowledge.module.css";

type Form = Required<Omit<EntryInput, "version">>;

const blank: Form = { topic: "", answer: "", category: "", language: "", stores: [], protected: [] };

function formOf({ topic, answer, category, language, stores, protected: terms }: Entry): Form {
  return { topic, answer, category, language, stores, protected: terms };
}

export type EntryForm = Form;

interface Props {
  entry: Entry | undefined;
  /** What a new entry begins with. */
  initial?: Partial<Form> | undefined;
  /** Points out names, numbers and addresses that an entry must not hold. */
  personal?: ((text: string) => readonly string[]) | undefined;
  onSaved?: (() => void) | undefined;
  onClose: () => void;
}

/** Adds or changes an entry. When somebody else was faster, both versions are shown. */
export function EntryDialog({ entry, initial, personal, onSaved, onClose }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [form, setForm] = useState<Form>(() => (entry ? formOf(entry) : { ...blank, ...initial }));
  const [theirs, setTheirs] = useState<Entry>();
  const save = useSaveEntry(entry);
  const stored = useStoredEntry();
  const submit = (version: number | undefined) => {
    const { language, ...rest } = form;
    const input: EntryInput = { ...rest, topic: form.topic.trim(), answer: form.answer.trim(), category: form.category.trim(), ...(language ? { language } : {}), ...(version === undefined ? {} : { version }) };
    save.mutate(input, {
      onSuccess: () => {
        toast({ message: t("knowledge.saved") });
        onSaved?.();
        onClose();
      },
      onError: (error) => {
        if (entry && codeOfError(error) === "changed_meanwhile") void stored(entry.id).then(setTheirs, () => undefined);
      },
    });
  };
  const found = personal?.(`${form.topic}\n${form.answer}`) ?? [];
  const ready = form.topic.trim() !== "" && form.answer.trim() !== "";
  return (
    <Modal
      opened onClose={onClose} size="lg" title={entry ? t("knowledge.edit", { topic: entry.topic }) : t("knowledge.new")} closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": t("action.close") }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (ready) submit(theirs?.version ?? entry?.version);
        }}
      >
        {theirs && <Conflict theirs={theirs} onTake={() => { setForm(formOf(theirs)); save.reset(); }} />}
        <EntryFields form={form} onChange={(next) => setForm({ ...form, ...next })} />
        {found.length > 0 && (
          <Alert color="yellow" role="status" mt="sm" icon={<IconUserExclamation size={18} />} title={t("library.personal")}>
            {t("library.personal.why")}
            <Group gap={6} mt={6}>{found.map((one) => <Code key={one}>{one}</Code>)}</Group>
          </Alert>
        )}
        {save.isError && !theirs && <Alert color="red" role="alert" mt="sm">{explain(save.error, i18n)}</Alert>}
        <Group justify="flex-end" mt="lg">
          <Button variant="default" onClick={onClose}>{t("action.cancel")}</Button>
          <Button type="submit" disabled={!ready} loading={save.isPending}>{t(theirs && save.isError ? "knowledge.conflict.overwrite" : "action.save")}</Button>
        </Group>
      </form>
    </Modal>
  );
}

function EntryFields({ form, onChange }: { form: Form; onChange: (next: Partial<Form>) => void }) {
  const { t, format } = useI18n();
  const { languages } = useSignedIn().session;
  const stores = useStores();
  return (
    <Stack gap="sm">
      <TextInput label={t("knowledge.topic")} description={t("knowledge.topic.why")} required maxLength={300} value={form.topic} data-autofocus onChange={(event) => onChange({ topic: event.currentTarget.value })} />
      <Textarea label={t("knowledge.answer")} description={t("knowledge.answer.why")} required maxLength={8000} autosize minRows={5} maxRows={14} value={form.answer} onChange={(event) => onChange({ answer: event.currentTarget.value })} />
      <TextInput label={t("knowledge.category")} description={t("knowledge.category.why")} maxLength={120} value={form.category} onChange={(event) => onChange({ category: event.currentTarget.value })} />
      <Select label={t("knowledge.language")} data={languages.map((value) => ({ value, label: format.language(value) }))} value={form.language || null} searchable clearable onChange={(value) => onChange({ language: value ?? "" })} />
      <MultiSelect
        label={t("knowledge.stores")} data={[...stores]} value={form.stores} placeholder={form.stores.length > 0 ? undefined : t("knowledge.stores.all")}
        clearable searchable onChange={(chosen) => onChange({ stores: chosen })}
      />
      <TagsInput label={t("knowledge.protected")} description={t("knowledge.protected.why")} value={form.protected} onChange={(terms) => onChange({ protected: terms })} />
    </Stack>
  );
}

function Conflict({ theirs, onTake }: { theirs: Entry; onTake: () => void }) {
  const { t } = useI18n();
  return (
    <Alert color="yellow" role="alert" title={t("knowledge.conflict")} mb="md">
      {t("knowledge.conflict.next")}
      <blockquote className={classes.theirs}>
        <strong>{theirs.topic}</strong>
        <p>{theirs.answer}</p>
      </blockquote>
      <Button size="compact-sm" variant="default" onClick={onTake}>{t("knowledge.conflict.take")}</Button>
    </Alert>
  );
}
