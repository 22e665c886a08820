import { Button, Loader } from "@mantine/core";
import { IconAlertTriangle, IconLanguage } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { body, type Schema } from "../api/client";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import type { UILanguage } from "../i18n/language";
import { useClient } from "../session/SessionContext";
import classes from "./Translation.module.css";

type Translation = Schema<"MessageTranslation">;

/** The languages of mail that a language of the page is one of. */
const targets: Readonly<Record<UILanguage, string>> = { en: "en-US", "zh-Hant": "zh-Hant", "zh-Hans": "zh-Hans" };

/** Whether a mail reads as foreign to somebody with this page. */
export function isForeign(mail: string | undefined, language: UILanguage): boolean {
  return mail !== undefined && mail !== "" && mail.split("-")[0] !== language.split("-")[0];
}

/**
 * The text of a message with its translation beside it where there is room, below
 * it where there is none. The original always stays.
 */
export function WithTranslation({ conversation, message, children }: { conversation: string; message: string; children: ReactNode }) {
  const i18n = useI18n();
  const { t, language } = i18n;
  const client = useClient();
  const [shown, setShown] = useState(false);
  const translate = useMutation({
    mutationFn: async () =>
      body(await client.POST("/conversations/{id}/messages/{message}/translation", { params: { path: { id: conversation, message } }, body: { to: targets[language] } })),
  });
  const toggle = () => {
    setShown(!shown);
    if (!shown && !translate.data) translate.mutate();
  };
  return (
    <>
      <div className={classes.both} data-both={shown && translate.data ? true : undefined}>
        {children}
        {shown && translate.data && <TranslatedText translation={translate.data} />}
      </div>
      {shown && translate.isPending && <p className={classes.busy} role="status"><Loader size={13} /> {t("translation.busy")}</p>}
      {shown && translate.isError && <p className={classes.note} role="alert"><IconAlertTriangle size={14} aria-hidden /> {t("translation.failed", { why: explain(translate.error, i18n) })}</p>}
      <Button size="compact-xs" variant="subtle" color="gray" className={classes.do ?? ""} leftSection={<IconLanguage size={14} />} aria-expanded={shown} onClick={toggle} data-testid="translate">
        {t(shown ? "translation.hide" : "translation.do")}
      </Button>
    </>
  );
}

function TranslatedText({ translation }: { translation: Translation }) {
  const { t, format } = useI18n();
  const title = t("translation.title", { language: format.language(translation.language) });
  return (
    <section className={classes.translation} aria-label={title} data-testid="translation">
      <h3 className={classes.title}>{title}</h3>
      <p className={classes.text} lang={translation.language} dir="auto">{translation.text}</p>
      {translation.problems.includes("numbers_differ") && <p className={classes.note}><IconAlertTriangle size={14} aria-hidden /> {t("translation.numbers")}</p>}
      {translation.cut && <p className={classes.note}>{t("translation.cut")}</p>}
    </section>
  );
}
