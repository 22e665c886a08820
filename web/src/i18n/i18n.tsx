import { createContext, use, useMemo, useState, type ReactNode } from "react";
import { fill, type Catalogue, type Key, type Provider, type Values } from "./catalogue";
import { Format } from "./format";
import { storeLanguage, type UILanguage } from "./language";

export type Translate = (key: Key, values?: Values) => string;

export interface I18n {
  language: UILanguage;
  setLanguage: (language: UILanguage) => void;
  t: Translate;
  /** The text of a key that comes from the server, undefined where the catalogue has none. */
  maybe: (key: string, values?: Values) => string | undefined;
  steps: (provider: string) => readonly string[];
  format: Format;
}

const loaders: Readonly<Record<UILanguage, () => Promise<Catalogue>>> = {
  en: () => import("./en"),
  "zh-Hant": () => import("./zh-Hant"),
  "zh-Hans": () => import("./zh-Hans"),
};

export function loadCatalogue(language: UILanguage): Promise<Catalogue> {
  return loaders[language]();
}

const Context = createContext<I18n | null>(null);

interface Loaded {
  language: UILanguage;
  catalogue: Catalogue;
}

export function I18nProvider({ initial, children }: { initial: Loaded; children: ReactNode }) {
  const [{ language, catalogue }, setLoaded] = useState(initial);
  const value = useMemo<I18n>(() => {
    const t: Translate = (key, values = {}) => fill(catalogue.text[key], values, language);
    return {
      language,
      setLanguage: (next) => {
        storeLanguage(next);
        void loadCatalogue(next).then((loaded) => {
          document.documentElement.lang = next;
          setLoaded({ language: next, catalogue: loaded });
        });
      },
      t,
      maybe: (key, values) => (isKey(catalogue, key) ? t(key, values) : undefined),
      steps: (provider) => catalogue.steps[isProvider(catalogue, provider) ? provider : "generic"],
      format: new Format(language),
    };
  }, [language, catalogue]);
  return <Context value={value}>{children}</Context>;
}

function isKey(catalogue: Catalogue, key: string): key is Key {
  return Object.hasOwn(catalogue.text, key);
}

function isProvider(catalogue: Catalogue, provider: string): provider is Provider {
  return Object.hasOwn(catalogue.steps, provider);
}

export function useI18n(): I18n {
  const value = use(Context);
  if (!value) throw new Error("useI18n outside of I18nProvider");
  return value;
}
