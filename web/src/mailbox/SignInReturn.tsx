import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { Notice } from "../app/Notice";
import { toast } from "../app/toast";
import { body } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { useClient } from "../session/SessionContext";
import { answerIn } from "./signin";

/** Finishes a sign-in whose page is gone: where windows are blocked, it was this one. */
export function SignInReturn() {
  const i18n = useI18n();
  const { t } = i18n;
  const client = useClient();
  const navigate = useNavigate();
  const { search } = window.location;
  // A query and not an effect: it runs once, however often this is drawn.
  const finish = useQuery({
    queryKey: ["sign-in", search],
    queryFn: async () => body(await client.POST("/mailboxes/oauth/finish", { body: answerIn(search) })),
    retry: false, staleTime: Infinity,
  });
  const done = finish.data;
  useEffect(() => {
    if (!done) return;
    if (done.mailbox) toast({ message: t("signin.renewed", { address: done.mailbox.address }) });
    void navigate(done.grant ? "/mailboxes?bind=1" : "/mailboxes", { replace: true, state: done.grant ? { signedIn: done } : null });
  }, [done, navigate, t]);
  if (!finish.isError) return <Notice title={t("signin.returning")} text="" />;
  return (
    <Notice title={t("signin.failed")} text={explain(finish.error, i18n)}>
      <Button onClick={() => void navigate("/mailboxes", { replace: true })}>{t("signin.failed.next")}</Button>
    </Notice>
  );
}
