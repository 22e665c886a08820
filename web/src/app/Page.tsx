import { Title } from "@mantine/core";
import { useEffect, type ReactNode } from "react";
import { useI18n } from "../i18n/i18n";
import classes from "./Page.module.css";

interface Props {
  title: string;
  why?: string;
  tools?: ReactNode;
  /** As wide as the window allows, and as high: lists in it scroll by themselves. */
  wide?: boolean;
  children: ReactNode;
}

/** A page beside the inbox: a title, its tools, and a column that is comfortable to read. */
export function Page({ title, why, tools, wide, children }: Props) {
  const { t } = useI18n();
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title, t]);
  return (
    <div className={classes.page}>
      <div className={classes.column} data-wide={wide ? true : undefined}>
        <header className={classes.head}>
          <div>
            <Title order={1}>{title}</Title>
            {why && <p className={classes.why}>{why}</p>}
          </div>
          <div className={classes.tools}>{tools}</div>
        </header>
        {children}
      </div>
    </div>
  );
}
