import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { TEXTS } from './text-table.js';

export type TextKey = keyof typeof TEXTS;
export type Language = 'en' | 'de';

const KEPT_AS = 'relaypoint.language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS) ?? navigator.language;
  return kept.startsWith('de') ? 'de' : 'en';
}

const column = (index: 0 | 1): Record<string, string> =>
  Object.fromEntries(Object.entries(TEXTS).map(([key, texts]) => [key, texts[index]]));

void i18next.use(initReactI18next).init({
  lng: firstLanguage(),
  resources: { en: { translation: column(0) }, de: { translation: column(1) } },
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false }, // React escapes
});
i18next.on('languageChanged', (lng) => {
  document.documentElement.lang = lng;
});
document.documentElement.lang = language();

/** The language in use, also for what the server writes. */
export function language(): Language {
  return i18next.language === 'de' ? 'de' : 'en';
}

export function setLanguage(to: string): void {
  localStorage.setItem(KEPT_AS, to);
  void i18next.changeLanguage(to);
}

/** A text of the current language, for what is not drawn again when the language changes. */
export function text(key: TextKey, values?: Readonly<Record<string, string | number>>): string {
  return i18next.t(key, { ...values });
}

/** The name of a value; the server may know some that this console does not know yet: then what it says itself. */
export function named(group: 'state' | 'phase' | 'wait', value: string): string {
  const key = `${group}.${value}`;
  return Object.hasOwn(TEXTS, key) ? text(key as TextKey) : value;
}

/** The texts of the current language; its keys are checked by the compiler. */
export function useT(): (key: TextKey, values?: Readonly<Record<string, string | number>>) => string {
  const { t } = useTranslation();
  return (key, values) => t(key, { ...values });
}
