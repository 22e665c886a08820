import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Notice.module.css";

interface Props {
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  children?: ReactNode;
}

/** A quiet page of few words: an empty state, a failure, a first step. */
export function Notice({ icon, title, text, children }: Props) {
  return (
    <div className={classes.notice}>
      {icon && <div className={classes.icon} aria-hidden>{icon}</div>}
      <Title order={2} className={classes.title}>{title}</Title>
      {text && <p className={classes.text}>{text}</p>}
      {children && <div className={classes.actions}>{children}</div>}
    </div>
  );
}
