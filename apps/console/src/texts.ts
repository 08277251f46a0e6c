import i18next from 'i18next';
import { initReactI18next, useTranslation } from 'react-i18next';
import { CATALOGUE, type ConsoleTextKey, I18NEXT_OPTIONS, type Language } from '#texts';

export type TextKey = ConsoleTextKey;
type Values = Readonly<Record<string, string | number>>;

const KEPT_AS = 'relaypoint.language';

function firstLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS) ?? navigator.language;
  return kept.startsWith('de') ? 'de' : 'en';
}

void i18next.use(initReactI18next).init({
  ...I18NEXT_OPTIONS,
  lng: firstLanguage(),
  ns: ['console', 'shared'],
  defaultNS: 'console',
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
export function text(key: TextKey, values?: Values): string {
  return i18next.t(key, { ...values });
}

/** The name of a value; the server may know some that this console does not know yet: then what it says itself. */
export function named(group: 'state' | 'phase' | 'wait', value: string): string {
  const key = `${group}.${value}`;
  const { console, shared } = CATALOGUE.en;
  return Object.hasOwn(console, key) || Object.hasOwn(shared, key) ? text(key as TextKey) : value;
}

/** The texts of the current language; its keys are checked by the compiler. */
export function useT(): (key: TextKey, values?: Values) => string {
  const { t } = useTranslation();
  return (key, values) => t(key, { ...values });
}
