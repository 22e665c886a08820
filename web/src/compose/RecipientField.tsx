import { TagsInput } from "@mantine/core";
import { useI18n } from "../i18n/i18n";
import { useMembers } from "../team/members";
import { isAddress } from "./recipients";

interface Props {
  label: string;
  placeholder?: string;
  value: readonly string[];
  /** Where writing begins. */
  first?: boolean;
  testId: string;
  onChange: (value: string[]) => void;
}

/** Addresses, one after another; colleagues are offered. */
export function RecipientField({ label, placeholder, value, first, testId, onChange }: Props) {
  const { t } = useI18n();
  const members = useMembers().data ?? [];
  const wrong = value.find((one) => !isAddress(one));
  const known = members.map((member) => (member.name ? `${member.name} <${member.email}>` : member.email));
  return (
    <TagsInput
      label={label} placeholder={value.length === 0 ? placeholder : undefined} value={[...value]} data={known} maxTags={100} splitChars={[",", ";", "\n"]} acceptValueOnBlur
      size="sm" {...(first ? { "data-autofocus": true } : {})} error={wrong !== undefined && t("compose.to.invalid", { address: wrong })} data-testid={testId} comboboxProps={{ withinPortal: true }}
      onChange={onChange}
    />
  );
}
