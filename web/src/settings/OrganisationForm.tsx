import { Alert, Button, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { toast } from "../app/toast";
import { useI18n } from "../i18n/i18n";
import { useClient, useMay, useSignedIn, type Organisation } from "../session/SessionContext";
import { useStores } from "../session/stores";
import classes from "./Settings.module.css";

type Change = Schema<"OrganisationChange">;
type DeskLanguage = Organisation["language"];

const deskLanguages: readonly DeskLanguage[] = ["zh-Hant", "zh-Hans", "en"];

interface Form {
  name: string;
  signature: string;
  language: DeskLanguage;
  knowledgeLanguage: string;
  tone: string;
  facts: Readonly<Record<string, string>>;
}

function formOf(o: Organisation): Form {
  return {
    name: o.name, signature: o.signature, language: o.language, knowledgeLanguage: o.knowledgeLanguage ?? "", tone: o.tone,
    facts: Object.fromEntries(o.storeFacts.map(({ store, facts }) => [store, facts])),
  };
}

function changeOf({ facts, ...rest }: Form): Change {
  return { ...rest, storeFacts: Object.entries(facts).map(([store, text]) => ({ store, facts: text })) };
}

/** What the organisation is called, reads, and tells whoever writes its replies. */
export function OrganisationForm() {
  const i18n = useI18n();
  const { t } = i18n;
  const may = useMay();
  const { organisation } = useSignedIn().session;
  const [form, setForm] = useState(() => formOf(organisation));
  const save = useSave();
  const change = (next: Partial<Form>) => setForm({ ...form, ...next });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(changeOf(form), { onSuccess: () => toast({ message: t("settings.saved") }) });
      }}
    >
      <fieldset disabled={!may.manage} style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}>
        {!may.manage && <p className={classes.why}>{t("settings.viewer")}</p>}
        <OrganisationFields form={form} onChange={change} />
        <ReplyFields form={form} onChange={change} />
      </fieldset>
      {save.isError && <Alert color="red" role="alert" mb="md">{explain(save.error, i18n)}</Alert>}
      {may.manage && (
        <Group justify="flex-end" mb="xl"><Button type="submit" loading={save.isPending} disabled={!form.name.trim()}>{t("action.save")}</Button></Group>
      )}
    </form>
  );
}

function useSave() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (change: Change) => body(await client.PATCH("/organisation", { body: change })),
    onSuccess: (session) => queries.setQueryData(["session"], session),
  });
}

interface FieldsProps {
  form: Form;
  onChange: (next: Partial<Form>) => void;
}

function OrganisationFields({ form, onChange }: FieldsProps) {
  const { t, format } = useI18n();
  const { languages } = useSignedIn().session;
  return (
    <section className={classes.section} aria-labelledby="organisation">
      <h2 className={classes.heading} id="organisation">{t("settings.organisation")}</h2>
      <Stack gap="sm">
        <TextInput label={t("settings.name")} required maxLength={80} value={form.name} onChange={(event) => onChange({ name: event.currentTarget.value })} />
        <Textarea label={t("settings.signature")} description={t("settings.signature.why")} maxLength={300} autosize minRows={1} value={form.signature} onChange={(event) => onChange({ signature: event.currentTarget.value })} />
        <Select
          label={t("settings.language")} description={t("settings.language.why")} allowDeselect={false} value={form.language}
          data={deskLanguages.map((value) => ({ value, label: format.language(value) }))}
          onChange={(value) => onChange({ language: deskLanguages.find((one) => one === value) ?? form.language })}
        />
        <Select
          label={t("settings.knowledgeLanguage")} description={t("settings.knowledgeLanguage.why")} clearable searchable placeholder={t("settings.knowledgeLanguage.same")}
          value={form.knowledgeLanguage || null} data={languages.map((value) => ({ value, label: format.language(value) }))} onChange={(value) => onChange({ knowledgeLanguage: value ?? "" })}
        />
      </Stack>
    </section>
  );
}

function ReplyFields({ form, onChange }: FieldsProps) {
  const { t } = useI18n();
  const stores = useStores();
  const [store, setStore] = useState(() => stores.find(({ value }) => form.facts[value])?.value ?? stores[0]?.value ?? "");
  const label = stores.find(({ value }) => value === store)?.label ?? store;
  return (
    <section className={classes.section} aria-labelledby="replies">
      <h2 className={classes.heading} id="replies">{t("settings.replies")}</h2>
      <Stack gap="sm">
        <Textarea
          label={t("settings.tone")} description={t("settings.tone.why")} placeholder={t("settings.tone.example")} maxLength={300} autosize minRows={2}
          value={form.tone} onChange={(event) => onChange({ tone: event.currentTarget.value })}
        />
        <Select label={t("settings.facts.store")} allowDeselect={false} searchable data={[...stores]} value={store} onChange={(value) => setStore(value ?? store)} />
        <Textarea
          label={t("settings.facts", { store: label })} description={t("settings.facts.why")} maxLength={1000} autosize minRows={3} maxRows={10}
          value={form.facts[store] ?? ""} onChange={(event) => onChange({ facts: { ...form.facts, [store]: event.currentTarget.value } })}
        />
      </Stack>
    </section>
  );
}
