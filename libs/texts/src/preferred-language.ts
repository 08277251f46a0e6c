import { LANGUAGES, type Language } from './catalogue.js';

/** The language an Accept-Language header (RFC 9110 §12.5.4) likes best of those there are; English when it names none. */
export function preferredLanguage(header: string | undefined): Language {
  const ranges = (header ?? '').split(',').flatMap((range) => {
    const [tag = '', ...parameters] = range
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    const language = LANGUAGES.find((one) => one === tag.split('-')[0]);
    const q = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
    return language && q > 0 ? [{ language, q }] : [];
  });
  return ranges.toSorted((a, b) => b.q - a.q)[0]?.language ?? 'en';
}
