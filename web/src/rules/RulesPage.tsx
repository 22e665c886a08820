import { Anchor, Button, Skeleton } from "@mantine/core";
import { IconAlertTriangle, IconBan, IconExternalLink } from "@tabler/icons-react";
import { useEffect } from "react";
import { useLocation } from "react-router";
import { Notice } from "../app/Notice";
import { Page } from "../app/Page";
import { explain } from "../api/problem";
import { useI18n } from "../i18n/i18n";
import { ruleText } from "../reply/rule";
import { examples } from "./examples";
import { useMarketplaceRules, type MarketplaceRule } from "./rules";
import classes from "./Rules.module.css";

const marketplaces = ["amazon", "walmart", "ebay", "newegg", "tiktok", "general"] as const;
const names: Readonly<Record<string, string>> = { amazon: "Amazon", walmart: "Walmart", ebay: "eBay", newegg: "Newegg", tiktok: "TikTok Shop" };

/** Every rule that a reply is checked against, by marketplace, each with where it stands. */
export function RulesPage() {
  const i18n = useI18n();
  const { t } = i18n;
  const rules = useMarketplaceRules();
  const { hash } = useLocation();
  const loaded = rules.data !== undefined;
  useEffect(() => {
    if (loaded && hash) document.getElementById(decodeURIComponent(hash.slice(1)))?.scrollIntoView({ block: "center" });
  }, [loaded, hash]);
  return (
    <Page title={t("rules.title")} why={t("rules.why")}>
      {rules.isPending && <Skeleton height={200} radius="md" />}
      {rules.isError && (
        <Notice title={t("rules.failed")} text={explain(rules.error, i18n)}>
          <Button variant="default" onClick={() => void rules.refetch()}>{t("error.retry")}</Button>
        </Notice>
      )}
      {rules.data && (
        <>
          <nav className={classes.jump} aria-label={t("rules.marketplaces")}>
            {marketplaces.map((one) => <Anchor key={one} href={`#${one}`} size="sm">{names[one] ?? t("rules.general")}</Anchor>)}
          </nav>
          {marketplaces.map((one) => (
            <section key={one} aria-labelledby={one} className={classes.section}>
              <h2 id={one}>{names[one] ?? t("rules.general")}</h2>
              <ul className={classes.list}>{rules.data.filter((rule) => rule.marketplace === one).map((rule) => <RuleLine key={rule.key} rule={rule} sought={hash === `#${rule.key}`} />)}</ul>
            </section>
          ))}
        </>
      )}
    </Page>
  );
}

function RuleLine({ rule, sought }: { rule: MarketplaceRule; sought: boolean }) {
  const i18n = useI18n();
  const { t, format } = i18n;
  const { source, severity } = rule;
  const Sign = severity === "block" ? IconBan : IconAlertTriangle;
  const example = examples[rule.key.split(".").at(-1) ?? ""];
  return (
    <li id={rule.key} className={classes.rule} data-sought={sought || undefined} data-testid="rule">
      <span className={classes.severity} data-severity={severity}><Sign size={15} aria-hidden /> {t(severity === "block" ? "rules.block" : "rules.warn")}</span>
      <div className={classes.main}>
        <p className={classes.text}>{ruleText(rule.key, i18n)}</p>
        {example && <p className={classes.example}>{t("rules.example")}: <q lang="en">{example}</q></p>}
        <p className={classes.source}>
          {t("rules.source")}: {source.link ? <Anchor href={source.link} target="_blank" rel="noopener noreferrer" size="xs">{source.title} <IconExternalLink size={11} aria-hidden /></Anchor> : source.title}
          {" · "}{t(`rules.kind.${source.kind}`)} · {t("rules.checked", { day: format.day(rule.checked, 0) })}
          {rule.automaticOnly && <> · {t("rules.automatic")}</>}
          {rule.needsOrder && <> · {t("rules.needsOrder")}</>}
        </p>
      </div>
    </li>
  );
}
