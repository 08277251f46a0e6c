import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { type ConsoleTextKey, I18NEXT_OPTIONS, type Language } from '#texts';

export type TextKey = ConsoleTextKey;
type Values = Readonly<Record<string, string | number>>;

const KEPT_AS = 'relaypoint.language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS) ?? navigator.language;
  return kept.startsWith('de') ? 'de' : 'en';
}

/** A page needs one language; the other one is fetched when somebody changes to it. */
const CATALOGUES = {
  en: () => import('#texts/en.json'),
  de: () => import('#texts/de.json'),
} as const satisfies Record<Language, () => Promise<object>>;
/** Texts that the first page can do without. */
const PAGE_TEXTS = {
  en: () => import('#texts/pages-en.json'),
  de: () => import('#texts/pages-de.json'),
} as const satisfies Record<Language, () => Promise<object>>;
let needsPageTexts = false;

i18next.on('languageChanged', (lng) => {
  document.documentElement.lang = lng;
});

/** To be awaited before anything is shown. */
export async function loadTexts(): Promise<void> {
  const lng = firstLanguage();
  await i18next
    .use(initReactI18next)
    .init({ ...I18NEXT_OPTIONS, resources: {}, lng, ns: ['console', 'shared'], defaultNS: 'console' });
  await load(lng);
}

async function load(lng: Language): Promise<void> {
  const { default: texts } = await CATALOGUES[lng]();
  for (const section of ['console', 'shared'] as const)
    i18next.addResourceBundle(lng, section, texts[section]);
  if (needsPageTexts) await addPageTexts(lng);
}

/** To be awaited before a page or a part of one is shown that has texts of `pages-*.json`. */
export async function loadPageTexts(): Promise<void> {
  needsPageTexts = true;
  await addPageTexts(language());
}

async function addPageTexts(lng: Language): Promise<void> {
  const { default: texts } = await PAGE_TEXTS[lng]();
  i18next.addResourceBundle(lng, 'console', texts, true);
}

/** The language in use, also for what the server writes. */
export function language(): Language {
  return i18next.language === 'de' ? 'de' : 'en';
}

/** The language as the reader's browser has it, with its country: English is written in more than one way. */
export function locale(): string {
  return navigator.languages.find((one) => one.startsWith(language())) ?? language();
}

export async function setLanguage(to: Language): Promise<void> {
  localStorage.setItem(KEPT_AS, to);
  try {
    await load(to);
  } catch {
    // a console that was replaced meanwhile no longer has its texts; the new one does
    location.reload();
    return;
  }
  await i18next.changeLanguage(to);
}

/** A text of the current language, for what is not drawn again when the language changes. */
export function text(key: TextKey, values?: Values): string {
  return i18next.t(key, { ...values });
}

/** The name of a value; the server may know some that this console does not know yet: then what it says itself. */
export function named(group: 'state' | 'rolloutState' | 'phase' | 'wait' | 'failed', value: string): string {
  const key = `${group}.${value}`;
  return i18next.exists(key) ? text(key as TextKey) : value;
}

/** All failures there are, with their names, in the order of these. */
export function failureNames(): { value: string; label: string }[] {
  const texts = Object.entries(
    (i18next.getResourceBundle(language(), 'shared') ?? {}) as Record<string, string>,
  );
  return texts
    .flatMap(([key, label]) =>
      key.startsWith('failed.') ? [{ value: key.slice('failed.'.length), label }] : [],
    )
    .toSorted((a, b) => a.label.localeCompare(b.label, language()));
}

/** What a key says; null: there is no such text, as for fields that a later server has. */
export function known(key: string): string | null {
  return i18next.exists(key) ? text(key as TextKey) : null;
}

/** The texts of the current language; its keys are checked by the compiler. */
export function useT(): (key: TextKey, values?: Values) => string {
  const { t } = useTranslation();
  return (key, values) => t(key, { ...values });
}
