import { useI18n } from "../i18n/i18n";
import { Page } from "../app/Page";
import { OrganisationForm } from "./OrganisationForm";
import { SpendingPanel } from "./SpendingPanel";

export function SettingsPage() {
  const { t } = useI18n();
  return (
    <Page title={t("settings.title")}>
      <OrganisationForm />
      <SpendingPanel />
    </Page>
  );
}
