import { Alert, Button, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { body, type Client } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import classes from "./Session.module.css";
import type { Session } from "./SessionContext";

/** The first step of a new installation: the caller names the organisation and owns it. */
export function FirstOrganisation({ client, onCreated }: { client: Client; onCreated: (session: Session) => void }) {
  const { t, maybe, language } = useI18n();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: async () => body(await client.POST("/organisation", { body: { name: name.trim(), language } })),
    onSuccess: onCreated,
  });
  return (
    <main className={classes.door}>
      <form
        className={classes.card}
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <img src="/quill.svg" width={48} height={48} alt="" />
        <Title order={1} mt="md">{t("organisation.create")}</Title>
        <p className={classes.tagline}>{t("organisation.create.why")}</p>
        {create.isError && <Alert color="red" role="alert" ta="start" mb="md">{explain(create.error, { t, maybe })}</Alert>}
        <TextInput
          ta="start" size="md" mb="md" required maxLength={80} label={t("organisation.name")} placeholder={t("organisation.name.example")}
          value={name} onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" size="md" fullWidth loading={create.isPending} disabled={!name.trim()}>{t("organisation.create.do")}</Button>
      </form>
    </main>
  );
}
