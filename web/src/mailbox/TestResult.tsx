import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useEffect, useRef } from "react";
import { useI18n } from "../i18n/i18n";
import type { ConnectionTest } from "./changes";
import classes from "./Mailbox.module.css";

/** Every step of a connection test: what worked, what did not, and what to do about it. */
export function TestResult({ test }: { test: ConnectionTest }) {
  const { t, maybe } = useI18n();
  const shown = useRef<HTMLElement>(null);
  // On a phone it comes up below what can be seen.
  useEffect(() => shown.current?.scrollIntoView({ block: "nearest" }), [test]);
  return (
    <section ref={shown} className={classes.test} aria-label={t("mailbox.test")} data-ok={test.ok} data-testid="test-result">
      <h3 role="status">{t(test.ok ? "mailbox.test.ok" : "mailbox.test.failed")}</h3>
      <ul>
        {test.steps.map(({ step, ok, code, detail }) => (
          <li key={step} data-ok={ok} data-step={step}>
            {ok ? <IconCircleCheck size={15} aria-hidden /> : <IconCircleX size={15} aria-hidden />}
            <div>
              {t(`test.step.${step}`)}: {t(ok ? "test.ok" : "test.failed")}
              {!ok && code && <p className={classes.remedy}>{maybe(`test.${code}`) ?? maybe(`problem.code.${code}`) ?? t("test.unknown", { code })}</p>}
              {!ok && detail && <p className={classes.server}>{t("mailbox.server", { detail })}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
