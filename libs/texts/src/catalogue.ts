import de from './de.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import dePages from './pages-de.json' with { type: 'json' };
import enPages from './pages-en.json' with { type: 'json' };

/**
 * What people are told, in each language. English decides which keys there are; the specs hold German to it. Texts of the
 * console that no first page needs stand in files of their own, which it loads later.
 */
export const CATALOGUE = /* @__PURE__ */ whole();

/** A call that is marked as pure: who does not use it, as the console, does not get all languages with it. */
function whole() {
  return {
    en: { ...en, console: { ...en.console, ...enPages } },
    de: { ...de, console: { ...de.console, ...dePages } },
  };
}

export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** i18next keeps the plural forms of a text under its key and a suffix. */
type WithoutPlural<Key> = Key extends `${infer Text}_one` | `${infer Text}_other` ? Text : Key;
type Catalogue = (typeof CATALOGUE)['en'];
type KeysOf<Section extends keyof Catalogue> = WithoutPlural<keyof Catalogue[Section]>;

/** Texts of the API: what the server, the gateway and the importer say. */
export type TextKey = KeysOf<'api'> | KeysOf<'shared'>;
/** Texts of the console. */
export type ConsoleTextKey = KeysOf<'console'> | KeysOf<'shared'>;

/** What fills a place in a text; another text is put into words in the same language, and a list joined by commas. */
export type TextParam = string | number | MessageDescriptor | readonly (string | MessageDescriptor)[];
export interface TextParams {
  readonly [name: string]: TextParam;
}

/** A text that nobody has put into words yet: what code throws, returns and stores instead of sentences. */
export interface MessageDescriptor {
  readonly key: TextKey;
  readonly params?: TextParams;
}

/** What rows, runs and alerts hold: a descriptor, or the English sentence that earlier versions stored. */
export type StoredText = MessageDescriptor | { readonly text: string };
