import { Alert, Button, Group, Loader } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, type ReactNode } from "react";
import { body } from "../api/client";
import { ApiError, explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import classes from "./Mailbox.module.css";
import { mailboxesKey } from "./mailboxes";
import { callbackPath, openWindow, throughProvider, type SignedIn, type SignInProvider } from "./signin";
import { TestResult } from "./TestResult";

interface Props {
  provider: SignInProvider;
  address: string;
  /** The bound mailbox to sign in again. */
  mailbox?: string;
  compact?: boolean;
  children: ReactNode;
  onDone: (signedIn: SignedIn) => void;
}

/** Takes a person to the mailbox's provider and back, in a window of its own. */
export function SignInButton({ provider, address, mailbox, compact, children, onDone }: Props) {
  const i18n = useI18n();
  const { t } = i18n;
  const signIn = useSignIn();
  const failedTest = signIn.error instanceof ApiError ? signIn.error.problem.test : undefined;
  const start = () => signIn.start({ provider, address, ...(mailbox ? { mailbox } : {}) }, onDone);
  return (
    <div className={classes.signIn} data-testid="sign-in-mailbox">
      <Group gap="xs">
        <Button size={compact ? "compact-sm" : "sm"} onClick={start} data-autofocus={!compact || undefined}>{signIn.isPending ? t("signin.waiting.again") : children}</Button>
        {signIn.isPending && <Button size={compact ? "compact-sm" : "sm"} variant="default" onClick={signIn.cancel}>{t("action.cancel")}</Button>}
      </Group>
      {signIn.isPending && <p className={classes.quiet} role="status"><Loader size={12} aria-hidden /> {t("signin.waiting")}</p>}
      {failedTest && <TestResult test={failedTest} />}
      {signIn.isError && !failedTest && <Alert color="red" role="alert" mt="xs">{explain(signIn.error, i18n)}</Alert>}
    </div>
  );
}

interface Start {
  provider: SignInProvider;
  address: string;
  mailbox?: string;
}

function useSignIn() {
  const client = useClient();
  const queries = useQueryClient();
  const under = useRef<AbortController>(undefined);
  const cancel = () => under.current?.abort();
  useEffect(() => () => under.current?.abort(), []);
  const run = useMutation({
    mutationFn: async ({ page, signal, ...start }: Start & { page: Window | null; signal: AbortSignal }) => {
      const redirect = window.location.origin + callbackPath;
      const begun = client.POST("/mailboxes/oauth", { body: { ...start, redirect } }).then(body);
      const { url } = await begun.catch((error: unknown) => {
        page?.close();
        throw error;
      });
      const answer = await throughProvider(page, url, signal);
      return body(await client.POST("/mailboxes/oauth/finish", { body: answer }));
    },
    onSettled: () => queries.invalidateQueries({ queryKey: mailboxesKey }),
  });
  const start = (what: Start, done: (signedIn: SignedIn) => void) => {
    cancel();
    const stop = new AbortController();
    under.current = stop;
    run.mutate({ ...what, page: openWindow(), signal: stop.signal }, { onSuccess: done });
  };
  const cancelled = run.error instanceof DOMException;
  return {
    start, isPending: run.isPending, error: run.error, isError: run.isError && !cancelled,
    cancel: () => {
      cancel();
      run.reset();
    },
  };
}
