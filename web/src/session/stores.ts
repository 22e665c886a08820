import { useMemo } from "react";
import { useI18n } from "../i18n/i18n";
import { useSignedIn } from "./SessionContext";

export interface Store {
  value: string;
  label: string;
}

/** Every store, in the order of the server, by its name in the reader's language. */
export function useStores(): readonly Store[] {
  const { maybe } = useI18n();
  const { stores } = useSignedIn().session;
  return useMemo(() => stores.map(({ store, name }) => ({ value: store, label: maybe(`store.${store}`) ?? name })), [stores, maybe]);
}
