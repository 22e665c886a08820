import { Alert, Checkbox, MultiSelect, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Schema } from "../api/client";
import { useI18n } from "../i18n/i18n";
import { useStores } from "../session/stores";
import { useMembers } from "../team/members";
import type { BindingForm } from "./binding";
import { doubled, hasMore, offered } from "./folders";

type Use = Pick<BindingForm, "name" | "folders" | "stores" | "importDays" | "members" | "appendSent">;

interface Props {
  form: Use;
  folders: readonly Schema<"Folder">[];
  isNew?: boolean;
  onChange: (next: Partial<Use>) => void;
}

const importChoices = [0, 7, 30, 90, 180, 365] as const;

/** What a mailbox is for: its folders, stores and people. */
export function UseFields({ form, folders, isNew, onChange }: Props) {
  const { t } = useI18n();
  const stores = useStores();
  const members = useMembers().data ?? [];
  const [all, setAll] = useState(false);
  const names = offered(folders, form.folders, all);
  const twice = doubled(folders, form.folders);
  return (
    <Stack gap="sm">
      <TextInput label={t("mailbox.field.name")} description={t("mailbox.field.name.why")} value={form.name} maxLength={80} onChange={(event) => onChange({ name: event.currentTarget.value })} />
      <MultiSelect
        label={t("mailbox.field.stores")} description={t("mailbox.field.stores.why")} data={[...stores]} value={form.stores}
        clearable searchable onChange={(stores) => onChange({ stores })}
      />
      {names.length > 0 && (
        <div>
          <MultiSelect
            label={t("mailbox.field.folders")} description={t("mailbox.field.folders.why")} data={names} value={form.folders} placeholder={form.folders.length > 0 ? undefined : "INBOX"}
            clearable searchable onChange={(chosen) => onChange({ folders: chosen })} data-testid="mailbox-folders"
          />
          {hasMore(folders) && <Checkbox size="xs" mt={6} label={t("mailbox.folders.more")} description={t("mailbox.folders.more.why")} checked={all} onChange={(event) => setAll(event.currentTarget.checked)} />}
          {twice && <Alert color="yellow" role="status" mt="xs">{t("mailbox.folders.all.warn", { folder: twice })}</Alert>}
        </div>
      )}
      {isNew && (
        <Select
          label={t("mailbox.field.importDays")} value={String(form.importDays)} allowDeselect={false}
          data={importChoices.map((n) => ({ value: String(n), label: n === 0 ? t("mailbox.field.importDays.none") : t("mailbox.field.importDays.days", { n }) }))}
          onChange={(days) => onChange({ importDays: Number(days) })}
        />
      )}
      <MultiSelect
        label={t("mailbox.field.members")} description={t("mailbox.field.members.why")} data={members.map(({ email, name }) => ({ value: email, label: name ?? email }))} value={form.members}
        placeholder={form.members.length > 0 ? undefined : t("mailbox.everybody")} clearable searchable onChange={(chosen) => onChange({ members: chosen })}
      />
      <Switch label={t("mailbox.field.appendSent")} description={t("mailbox.field.appendSent.why")} checked={form.appendSent} onChange={(event) => onChange({ appendSent: event.currentTarget.checked })} />
    </Stack>
  );
}
