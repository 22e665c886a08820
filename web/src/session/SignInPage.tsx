import { Alert, Button, Title } from "@mantine/core";
import { useState } from "react";
import { LanguageSwitch } from "../app/LanguageSwitch";
import { useI18n } from "../i18n/i18n";
import classes from "./Session.module.css";
import type { SignIn } from "./signin";

export function SignInPage({ signIn, failed }: { signIn: SignIn; failed: boolean }) {
  const { t } = useI18n();
  const [state, setState] = useState<"idle" | "leaving" | "failed">(failed ? "failed" : "idle");
  const start = () => {
    setState("leaving");
    signIn.start(window.location.pathname + window.location.search).catch(() => setState("failed"));
  };
  return (
    <main className={classes.door}>
      <div className={classes.card}>
        <img src="/quill.svg" width={48} height={48} alt="" />
        <Title order={1} mt="md">{t("app.name")}</Title>
        <p className={classes.tagline}>{t("app.tagline")}</p>
        {state === "failed" && (
          <Alert color="red" title={t("session.failed")} role="alert" ta="start" mb="md">{t("session.failed.next")}</Alert>
        )}
        <Button size="md" fullWidth loading={state === "leaving"} onClick={start} data-testid="sign-in">{t("session.signIn")}</Button>
      </div>
      <LanguageSwitch />
    </main>
  );
}
