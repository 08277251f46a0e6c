import { createInstance, type i18n, type InitOptions } from 'i18next';
import {
  CATALOGUE,
  type Language,
  type MessageDescriptor,
  type StoredText,
  type TextKey,
  type TextParam,
} from './catalogue.js';

/** How i18next reads the catalogue, here and in the console, which loads one language at a time. */
export const I18NEXT_OPTIONS = {
  fallbackNS: 'shared',
  keySeparator: false,
  nsSeparator: false,
  fallbackLng: false,
  interpolation: { escapeValue: false }, // who shows a text escapes it
} as const satisfies InitOptions;

let made: i18n | undefined;

function i18next(): i18n {
  if (made) return made;
  made = createInstance();
  void made.init({
    ...I18NEXT_OPTIONS,
    resources: CATALOGUE,
    lng: 'en',
    ns: ['api', 'shared'],
    defaultNS: 'api',
    initAsync: false,
  });
  return made;
}

/** Puts a text into words. */
export function textIn(language: Language, message: StoredText): string {
  if ('text' in message) return message.text;
  const values = Object.entries(message.params ?? {}).map(
    ([name, value]) => [name, wordsOf(language, value)] as const,
  );
  return i18next().t(message.key, { ...Object.fromEntries(values), lng: language });
}

/** Whether this version knows the text; a peer of another version may name others. */
export function isTextKey(key: unknown): key is TextKey {
  return typeof key === 'string' && i18next().exists(key, { count: 1 });
}

function wordsOf(language: Language, value: TextParam): string | number {
  if (typeof value !== 'object') return value;
  if (isList(value)) return value.map((one) => wordsOf(language, one)).join(', ');
  return textIn(language, value);
}

function isList(value: MessageDescriptor | readonly TextParam[]): value is readonly TextParam[] {
  return Array.isArray(value);
}
