import { Alert, Anchor, Button, Collapse, Group, Modal, PasswordInput, Stepper, TextInput, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { toast } from "../app/toast";
import { ApiError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { bindingOf, emptyForm, isReady, recognised, type BindingForm } from "./binding";
import { useBind, useConnectionTest, useRecognise, type Recognition } from "./changes";
import { EndpointFields } from "./EndpointFields";
import classes from "./Mailbox.module.css";
import { TestResult } from "./TestResult";
import { UseFields } from "./UseFields";

/** Binds a mailbox in three steps: whose it is, how to get in, what it is for. */
export function BindDialog({ onClose }: { onClose: () => void }) {
  const i18n = useI18n();
  const { t } = i18n;
  const [step, setStep] = useState(0);
  const [form, setForm] = useState<BindingForm>(emptyForm);
  const [recognition, setRecognition] = useState<Recognition>();
  const test = useConnectionTest();
  const bind = useBind();
  const provider = recognition?.provider ?? "generic";
  const change = (next: Partial<BindingForm>) => {
    setForm({ ...form, ...next });
    test.reset();
  };
  const failedTest = bind.error instanceof ApiError ? bind.error.problem.test : undefined;

  return (
    <Modal opened onClose={onClose} title={t("mailbox.bind")} size="lg" closeOnClickOutside={false} closeButtonProps={{ "aria-label": t("action.close") }}>
      <Stepper active={step} size="xs" mb="md" onStepClick={(to) => to < step && setStep(to)} allowNextStepsSelect={false}>
        <Stepper.Step label={t("mailbox.step.address")} />
        <Stepper.Step label={t("mailbox.step.connect")} />
        <Stepper.Step label={t("mailbox.step.use")} />
      </Stepper>
      {step === 0 && (
        <AddressStep
          address={form.address} onAddress={(address) => setForm({ ...form, address })}
          onKnown={(known) => {
            setRecognition(known);
            setForm(recognised(form, known));
            test.reset();
            setStep(1);
          }}
        />
      )}
      {step === 1 && recognition && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (test.data?.ok) setStep(2);
            else test.mutate(bindingOf(form, provider));
          }}
        >
          <ConnectFields form={form} recognition={recognition} onChange={change} />
          {test.data && <TestResult test={test.data} />}
          {test.isError && <Alert color="red" role="alert" mt="sm">{explain(test.error, i18n)}</Alert>}
          <Group justify="flex-end" mt="lg">
            {test.isPending && <span className={classes.quiet} role="status">{t("mailbox.testing")}</span>}
            <Button variant="default" onClick={() => setStep(0)}>{t("action.back")}</Button>
            <Button type="submit" loading={test.isPending} disabled={!isReady(form) || recognition.oauthOnly} data-testid={test.data?.ok ? "mailbox-next" : "mailbox-test"}>
              {t(test.data?.ok ? "mailbox.next" : "mailbox.test")}
            </Button>
          </Group>
        </form>
      )}
      {step === 2 && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            bind.mutate(bindingOf(form, provider), {
              onSuccess: ({ address }) => {
                toast({ message: t("mailbox.bound", { address }) });
                onClose();
              },
            });
          }}
        >
          <UseFields form={form} folders={test.data?.folders ?? []} isNew onChange={(next) => setForm({ ...form, ...next })} />
          {failedTest && <TestResult test={failedTest} />}
          {bind.isError && !failedTest && <Alert color="red" role="alert" mt="sm">{explain(bind.error, i18n)}</Alert>}
          <Group justify="flex-end" mt="lg">
            {bind.isPending && <span className={classes.quiet} role="status">{t("mailbox.binding")}</span>}
            <Button variant="default" onClick={() => setStep(1)}>{t("action.back")}</Button>
            <Button type="submit" loading={bind.isPending} data-testid="mailbox-bind">{t("mailbox.bind.do")}</Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

interface AddressProps {
  address: string;
  onAddress: (address: string) => void;
  onKnown: (recognition: Recognition) => void;
}

function AddressStep({ address, onAddress, onKnown }: AddressProps) {
  const i18n = useI18n();
  const { t } = i18n;
  const recognise = useRecognise();
  const valid = /^\S+@\S+$/.test(address.trim());
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (valid) recognise.mutate(address.trim(), { onSuccess: onKnown });
      }}
    >
      <TextInput
        label={t("mailbox.field.address")} placeholder={t("mailbox.field.address.example")} inputMode="email" autoComplete="off" value={address} data-autofocus
        onChange={(event) => onAddress(event.currentTarget.value)}
      />
      {recognise.isError && <Alert color="red" role="alert" mt="sm">{explain(recognise.error, i18n)}</Alert>}
      <Group justify="flex-end" mt="lg">
        <Button type="submit" disabled={!valid} loading={recognise.isPending} data-testid="mailbox-recognise">{t("mailbox.next")}</Button>
      </Group>
    </form>
  );
}

interface ConnectProps {
  form: BindingForm;
  recognition: Recognition;
  onChange: (next: Partial<BindingForm>) => void;
}

function ConnectFields({ form, recognition, onChange }: ConnectProps) {
  const { t, steps } = useI18n();
  const unsure = recognition.how === "guess" || recognition.how === "none";
  const [servers, { toggle }] = useDisclosure(unsure);
  return (
    <>
      <p className={classes.provider}>{t("mailbox.provider")}: <strong>{recognition.name}</strong></p>
      {unsure && <Alert color="yellow" mb="sm">{t(recognition.how === "guess" ? "mailbox.provider.guess" : "mailbox.provider.none")}</Alert>}
      {recognition.oauthOnly && <Alert color="yellow" mb="sm">{t("mailbox.oauthOnly")}</Alert>}
      <section className={classes.steps}>
        <h3>{t("mailbox.steps")}</h3>
        <ol>{steps(recognition.provider).map((one) => <li key={one}><Linked text={one} /></li>)}</ol>
      </section>
      <PasswordInput
        label={t(`mailbox.secret.${recognition.secret}`)} description={t("mailbox.secret.why")} value={form.password} autoComplete="new-password" required data-autofocus
        visibilityToggleButtonProps={{ "aria-label": t(`mailbox.secret.${recognition.secret}`) }} disabled={recognition.oauthOnly ?? false}
        onChange={(event) => onChange({ password: event.currentTarget.value })}
      />
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
