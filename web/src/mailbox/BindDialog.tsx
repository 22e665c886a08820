import { Alert, Button, Group, Modal, Stepper, TextInput } from "@mantine/core";
import { useState } from "react";
import { toast } from "../app/toast";
import { ApiError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { bindingOf, emptyForm, isReady, recognised, type BindingForm } from "./binding";
import { useBind, useConnectionTest, useRecognise, type Recognition } from "./changes";
import { ConnectFields } from "./ConnectFields";
import { inboxOf } from "./folders";
import classes from "./Mailbox.module.css";
import type { SignedIn } from "./signin";
import { TestResult } from "./TestResult";
import { UseFields } from "./UseFields";

interface Props {
  /** A sign-in that was finished before the dialog opened. */
  signedIn?: SignedIn | undefined;
  onClose: () => void;
}

/** Binds a mailbox in three steps: whose it is, how to get in, what it is for. */
export function BindDialog({ signedIn, onClose }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const [step, setStep] = useState(0);
  const [form, setForm] = useState<BindingForm>({ ...emptyForm, address: signedIn?.address ?? "", signedIn });
  const [recognition, setRecognition] = useState<Recognition>();
  const test = useConnectionTest();
  const bind = useBind();
  const provider = recognition?.provider ?? "generic";
  const change = (next: Partial<BindingForm>) => {
    setForm({ ...form, ...next });
    test.reset();
  };
  const know = (known: Recognition) => {
    setRecognition(known);
    setForm(recognised(form, known));
    test.reset();
  };
  const tryOut = (tried: BindingForm) => {
    setForm(tried);
    test.mutate(bindingOf(tried, provider), {
      onSuccess: ({ ok, folders }) => ok && tried.folders.length === 0 && setForm({ ...tried, folders: [inboxOf(folders)] }),
    });
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
            know(known);
            setStep(1);
          }}
        />
      )}
      {step === 1 && recognition && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (test.data?.ok) setStep(2);
            else tryOut(form);
          }}
        >
          <ConnectFields
            key={recognition.provider} form={form} recognition={recognition} onChange={change} onRecognised={know}
            onSignedIn={(signedIn) => tryOut({ ...form, signedIn, password: "" })}
          />
          {test.data && <TestResult test={test.data} />}
          {test.isError && <Alert color="red" role="alert" mt="sm">{explain(test.error, i18n)}</Alert>}
          <Group justify="flex-end" mt="lg">
            {test.isPending && <span className={classes.quiet} role="status">{t("mailbox.testing")}</span>}
            <Button variant="default" onClick={() => setStep(0)}>{t("action.back")}</Button>
            <Button type="submit" loading={test.isPending} disabled={!isReady(form)} data-testid={test.data?.ok ? "mailbox-next" : "mailbox-test"}>
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
        if (valid) recognise.mutate({ address: address.trim() }, { onSuccess: onKnown });
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
