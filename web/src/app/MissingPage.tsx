import { Button } from "@mantine/core";
import { Link } from "react-router";
import { useI18n } from "../i18n/i18n";
import { Notice } from "./Notice";

export function MissingPage() {
  const { t } = useI18n();
  return (
    <Notice title={t("missing.title")}>
      <Button component={Link} to="/inbox/awaiting">{t("missing.back")}</Button>
    </Notice>
  );
}
