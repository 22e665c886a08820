import { useI18n } from "../i18n/i18n";
import classes from "./Session.module.css";

/** The empty frame that stands while the first answers are on their way. */
export function Shell() {
  const { t } = useI18n();
  return (
    <div className={classes.shell} role="status" aria-label={t("app.loading")}>
      <div className={classes.shellNav} />
      <div className={classes.shellList} />
      <div className={classes.shellPane} />
    </div>
  );
}
