import { Alert, Anchor, Button, Collapse, Divider, Group, PasswordInput, Select, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconCircleCheck } from "@tabler/icons-react";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import type { BindingForm } from "./binding";
import { useRecognise, type Recognition } from "./changes";
import { EndpointFields } from "./EndpointFields";
import classes from "./Mailbox.module.css";
import type { SignedIn } from "./signin";
import { SignInButton } from "./SignInButton";

interface Props {
  form: BindingForm;
  recognition: Recognition;
  onChange: (next: Partial<BindingForm>) => void;
  onRecognised: (recognition: Recognition) => void;
  onSignedIn: (signedIn: SignedIn) => void;
}

/** How to get into the mailbox: its provider, a sign-in or a secret, and its servers. */
export function ConnectFields({ form, recognition, onChange, onRecognised, onSignedIn }: Props) {
  const { t, steps } = useI18n();
  const { session } = useSignedIn();
  const [servers, { toggle }] = useDisclosure(recognition.how === "none");
  const noWayIn = recognition.oauthOnly && recognition.oauth && !session.oauth.includes(recognition.oauth);
  return (
    <>
      <ProviderChoice form={form} recognition={recognition} onRecognised={onRecognised} />
      {!noWayIn && (
        <section className={classes.steps}>
          <h3>{t(recognition.oauthOnly ? "signin.steps" : "mailbox.steps")}</h3>
          <ol>{steps(recognition.provider).map((one) => <li key={one}><Linked text={one} /></li>)}</ol>
        </section>
      )}
      <SignInPart form={form} recognition={recognition} onChange={onChange} onSignedIn={onSignedIn} />
      {!recognition.oauthOnly && !form.signedIn && (
        <PasswordInput
          label={t(`mailbox.secret.${recognition.secret}`)} description={t("mailbox.secret.why")} value={form.password} autoComplete="new-password" required data-autofocus
          visibilityToggleButtonProps={{ "aria-label": t(`mailbox.secret.${recognition.secret}`) }} onChange={(event) => onChange({ password: event.currentTarget.value })}
        />
      )}
      <UnstyledButton className={classes.fold ?? ""} onClick={toggle} aria-expanded={servers}>
        <IconChevronDown size={15} data-open={servers || undefined} aria-hidden /> {t("mailbox.servers")}
        <span className={classes.quiet}>{form.imap.host && `${form.imap.host} · ${form.smtp.host}`}</span>
      </UnstyledButton>
      <Collapse expanded={servers}>
        <TextInput label={t("mailbox.field.user")} description={t("mailbox.field.user.why")} value={form.user} autoComplete="off" mb="sm" onChange={(event) => onChange({ user: event.currentTarget.value })} />
        <EndpointFields legend={t("mailbox.field.imap")} value={form.imap} onChange={(imap) => onChange({ imap })} />
        <EndpointFields legend={t("mailbox.field.smtp")} value={form.smtp} onChange={(smtp) => onChange({ smtp })} />
      </Collapse>
    </>
  );
}

/** The provider as it was found, to be corrected by hand. */
function ProviderChoice({ form, recognition, onRecognised }: Pick<Props, "form" | "recognition" | "onRecognised">) {
  const i18n = useI18n();
  const { t } = i18n;
  const recognise = useRecognise();
  const choices = [...recognition.choices.map(({ provider, name }) => ({ value: provider, label: name })), { value: "generic", label: t("mailbox.provider.other") }];
  const choose = (provider: string | null) => {
    if (!provider || provider === recognition.provider) return;
    if (provider === "generic") {
      onRecognised({ ...recognition, provider, how: "none", secret: "password", oauthOnly: false, oauth: undefined });
      return;
    }
    recognise.mutate({ address: form.address.trim(), provider }, { onSuccess: onRecognised });
  };
  return (
    <>
      {recognition.how === "none" && <Alert color="yellow" mb="sm">{t("mailbox.provider.unsure")}</Alert>}
      <Select
        label={t("mailbox.provider.choose")} data={choices} value={recognition.provider} allowDeselect={false} searchable mb="sm" disabled={recognise.isPending}
        onChange={choose} data-testid="mailbox-provider"
      />
      {recognise.isError && <Alert color="red" role="alert" mb="sm">{explain(recognise.error, i18n)}</Alert>}
    </>
  );
}

const parameters = { microsoft: "MicrosoftClientId", google: "GoogleClientId" } as const;

/** The sign-in at the provider, where it has one; what to set up where it has no other way in. */
function SignInPart({ form, recognition, onChange, onSignedIn }: Omit<Props, "onRecognised">) {
  const { t } = useI18n();
  const { session } = useSignedIn();
  const provider = recognition.oauth;
  if (!provider) return null;
  const name = t(`signin.${provider}`);
  if (!session.oauth.includes(provider)) {
    return recognition.oauthOnly && <Alert color="yellow" mb="sm" data-testid="sign-in-unset">{t("signin.unset", { name, parameter: parameters[provider] })}</Alert>;
  }
  if (form.signedIn) {
    const { account } = form.signedIn;
    const other = account && account !== form.address.trim().toLowerCase();
    return (
      <Alert color={other ? "yellow" : "green"} icon={<IconCircleCheck size={18} />} mb="sm" data-testid="signed-in">
        <Group justify="space-between" gap="xs">
          {account ? t("signin.done.as", { name, account }) : t("signin.done", { name })}
          <Button size="compact-sm" variant="default" onClick={() => onChange({ signedIn: undefined })}>{t("signin.another")}</Button>
        </Group>
        {other && <p>{t("signin.other", { address: form.address.trim() })}</p>}
      </Alert>
    );
  }
  return (
    <>
      <SignInButton provider={provider} address={form.address.trim()} onDone={onSignedIn}>{t("signin.do", { name })}</SignInButton>
      {!recognition.oauthOnly && <Divider label={t("signin.or")} my="sm" />}
    </>
  );
}

const site = /\b((?:[a-z0-9-]+\.)+(?:com|net|cn)(?:\/[a-z0-9/]*)?)/;

/** A step with the address of the provider's own page made a link. */
function Linked({ text }: { text: string }) {
  const match = site.exec(text);
  const name = match?.[1];
  if (!match || !name) return text;
  return (
    <>
      {text.slice(0, match.index)}
      <Anchor href={`https://${name}`} target="_blank" rel="noopener noreferrer" inherit>{name}</Anchor>
      {text.slice(match.index + name.length)}
    </>
  );
}
