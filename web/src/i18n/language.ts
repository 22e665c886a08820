/** The languages of the page, not those of the mail. */
export const uiLanguages = ["zh-Hant", "zh-Hans", "en"] as const;
export type UILanguage = (typeof uiLanguages)[number];

/** What each language calls itself. */
export const ownName: Readonly<Record<UILanguage, string>> = { "zh-Hant": "繁體中文", "zh-Hans": "简体中文", en: "English" };

const key = "quilldesk.language";

export function isUILanguage(tag: string | null): tag is UILanguage {
  return uiLanguages.some((language) => language === tag);
}

/** The first of the browser's languages that the page speaks, English without one. */
export function fromBrowser(tags: readonly string[]): UILanguage {
  for (const tag of tags) {
    const lower = tag.toLowerCase();
    if (/^zh\b/.test(lower)) return /hant|-tw|-hk|-mo/.test(lower) ? "zh-Hant" : "zh-Hans";
    if (/^en\b/.test(lower)) return "en";
  }
  return "en";
}

export function storedLanguage(): UILanguage | null {
  const stored = localStorage.getItem(key);
  return isUILanguage(stored) ? stored : null;
}

export function storeLanguage(language: UILanguage): void {
  localStorage.setItem(key, language);
}
