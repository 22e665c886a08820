import { SegmentedControl } from "@mantine/core";
import { useI18n } from "../i18n/i18n";
import { isUILanguage, ownName, uiLanguages } from "../i18n/language";

export function LanguageSwitch({ fullWidth }: { fullWidth?: boolean }) {
  const { t, language, setLanguage } = useI18n();
  return (
    <SegmentedControl
      size="xs"
      fullWidth={fullWidth ?? false}
      aria-label={t("account.language")}
      value={language}
      onChange={(chosen) => isUILanguage(chosen) && setLanguage(chosen)}
      data={uiLanguages.map((value) => ({ value, label: <span lang={value}>{ownName[value]}</span> }))}
    />
  );
}
