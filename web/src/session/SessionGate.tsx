import { Button, Modal, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState, type ReactNode } from "react";
import { Notice } from "../app/Notice";
import { body, newClient, type Client } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import type { Booted } from "./boot";
import { FirstOrganisation } from "./FirstOrganisation";
import { SessionContext, type Session } from "./SessionContext";
import { Shell } from "./Shell";
import type { SignIn } from "./signin";
import { SignInPage } from "./SignInPage";

/** Lets nobody in who is not signed in and in an organisation. */
export function SessionGate({ booted, children }: { booted: Booted; children: ReactNode }) {
  const { t } = useI18n();
  switch (booted.state) {
    case "handed":
      return <Handed />;
    case "broken":
      return (
        <Notice title={t("session.failed")} text={t("session.config")}>
          <Button onClick={() => window.location.reload()}>{t("session.again")}</Button>
        </Notice>
      );
    case "out":
      return <SignInPage signIn={booted.signIn} failed={booted.failed ?? false} />;
    case "in":
      return <Inside signIn={booted.signIn}>{children}</Inside>;
  }
}

/** The window of a mailbox's sign-in: it closes itself, where the browser lets it. */
function Handed() {
  const { t } = useI18n();
  useEffect(() => window.close(), []);
  return <Notice title={t("signin.returned")} text={t("signin.returned.next")} />;
}

function Inside({ signIn, children }: { signIn: SignIn; children: ReactNode }) {
  const { t, maybe } = useI18n();
  const [expired, setExpired] = useState(false);
  useEffect(() => signIn.onExpired(() => setExpired(true)), [signIn]);
  const client = useMemo(() => newClient(signIn), [signIn]);
  const session = useSession(client);
  const again = () => void signIn.start(window.location.pathname + window.location.search);

  return (
    <>
      {session.data && <Entered session={session.data} client={client} signOut={() => void signIn.end()}>{children}</Entered>}
      {session.isPending && <Shell />}
      {session.isError && !expired && (
        <Notice title={t("error.title")} text={explain(session.error, { t, maybe })}>
          <Button onClick={() => void session.refetch()}>{t("error.retry")}</Button>
        </Notice>
      )}
      <Modal opened={expired} onClose={() => undefined} withCloseButton={false} title={t("session.expired")}>
        <Text size="sm" mb="md">{t("session.expired.next")}</Text>
        <Button onClick={again} data-autofocus>{t("session.signIn")}</Button>
      </Modal>
    </>
  );
}

function useSession(client: Client) {
  return useQuery({
    queryKey: ["session"],
    queryFn: async ({ signal }) => body(await client.GET("/session", { signal })),
    staleTime: 5 * 60_000,
  });
}

interface EnteredProps {
  session: Session;
  client: Client;
  signOut: () => void;
  children: ReactNode;
}

function Entered({ session, client, signOut, children }: EnteredProps) {
  const { t } = useI18n();
  const queries = useQueryClient();
  const { organisation } = session;
  const value = useMemo(
    () => organisation && { client, signOut, session: { ...session, organisation } },
    [client, signOut, session, organisation],
  );
  if (value) return <SessionContext value={value}>{children}</SessionContext>;
  if (session.canCreateOrganisation) {
    return <FirstOrganisation client={client} onCreated={(created) => queries.setQueryData(["session"], created)} />;
  }
  return (
    <Notice title={t("session.uninvited")} text={t("session.uninvited.next", { email: session.member.email })}>
      <Button variant="default" onClick={signOut}>{t("account.signOut")}</Button>
      <Button onClick={() => window.location.reload()}>{t("error.reload")}</Button>
    </Notice>
  );
}
