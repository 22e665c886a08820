import { useMemo } from "react";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "../session/SessionContext";
import { mailTypes } from "./state";

export interface Category {
  value: string;
  label: string;
}

/** The preset category of every type, then the organisation's own. */
export function useCategories(): readonly Category[] {
  const { t } = useI18n();
  const { categories } = useSignedIn().session.organisation;
  return useMemo(
    () => [...mailTypes.map((value) => ({ value, label: t(`type.${value}`) })), ...categories.map((value) => ({ value, label: value }))],
    [t, categories],
  );
}
