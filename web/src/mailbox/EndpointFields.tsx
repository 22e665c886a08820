import { Group, NumberInput, Select, TextInput } from "@mantine/core";
import { useI18n } from "../i18n/i18n";
import type { Endpoint } from "./changes";
import classes from "./Mailbox.module.css";

interface Props {
  legend: string;
  value: Endpoint;
  onChange: (next: Endpoint) => void;
}

export function EndpointFields({ legend, value, onChange }: Props) {
  const { t } = useI18n();
  return (
    <fieldset className={classes.endpoint}>
      <legend>{legend}</legend>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          label={t("mailbox.field.host")} value={value.host} maxLength={253} spellCheck={false} autoComplete="off" flex={1} aria-label={`${legend}: ${t("mailbox.field.host")}`}
          onChange={(event) => onChange({ ...value, host: event.currentTarget.value.trim() })}
        />
        <NumberInput
          label={t("mailbox.field.port")} value={value.port} min={1} max={65535} allowDecimal={false} hideControls w={80} aria-label={`${legend}: ${t("mailbox.field.port")}`}
          onChange={(port) => onChange({ ...value, port: Number(port) })}
        />
        <Select
          label={t("mailbox.field.security")} value={value.security} allowDeselect={false} w={120} aria-label={`${legend}: ${t("mailbox.field.security")}`}
          data={[{ value: "tls", label: t("mailbox.field.tls") }, { value: "starttls", label: t("mailbox.field.starttls") }]}
          onChange={(security) => onChange({ ...value, security: security === "starttls" ? "starttls" : "tls" })}
        />
      </Group>
    </fieldset>
  );
}
