import { GERMAN_FAULTS } from './german-faults.js';
import { GERMAN_IMPORTS } from './german-imports.js';
import { GERMAN_LOCATIONS } from './german-locations.js';
import { GERMAN_REFUSALS } from './german-refusals.js';
import { GERMAN_WORDS } from './german-words.js';

/**
 * German for the sentences that this API says in English. The English sentence is the key, as with gettext, so that
 * sentences are translated too that were stored, or came from an importer. `{name}` stands for what varies; it is taken
 * over as it is, or translated itself where the German has `{=name}`.
 */
export const GERMAN: Readonly<Record<string, string>> = {
  ...GERMAN_REFUSALS,
  ...GERMAN_FAULTS,
  ...GERMAN_IMPORTS,
  ...GERMAN_LOCATIONS,
};

interface Template {
  matcher: RegExp;
  german: string;
}

const PLACE = /\{(\w+)\}/g;
/** Those with places, in the order in which they are tried: what begins with a word of its own, then the most literal. */
const TEMPLATES: readonly Template[] = Object.keys(GERMAN)
  .filter((english) => english.search(PLACE) !== -1)
  .toSorted((a, b) => Number(a.startsWith('{')) - Number(b.startsWith('{')) || literal(b) - literal(a))
  .map((english) => ({ matcher: matcherOf(english), german: GERMAN[english] ?? '' }));

/** The German for a sentence of this API; null when it is none that is known. */
export function inGerman(sentence: string): string | null {
  if (Object.hasOwn(GERMAN, sentence)) return GERMAN[sentence] ?? null;
  for (const { matcher, german } of TEMPLATES) {
    const groups = matcher.exec(sentence)?.groups;
    if (groups) {
      return german.replaceAll(/\{(=?)(\w+)\}/g, (_, translated: string, name: string) =>
        translated ? part(groups[name] ?? '') : (groups[name] ?? ''),
      );
    }
  }
  // verdicts on location rules are rows of them
  const verdicts = sentence.split('; ').map((one, _, { length }) => (length > 1 ? inGerman(one) : null));
  return verdicts.every((one) => one !== null) ? verdicts.join('; ') : null;
}

/** A word, a sentence within the sentence, or a fault behind its path. */
function part(text: string): string {
  if (Object.hasOwn(GERMAN_WORDS, text)) return GERMAN_WORDS[text] ?? text;
  const whole = inGerman(text);
  if (whole !== null) return whole;
  const [, path = '', fault = ''] = /^(\S+) (.+)$/s.exec(text) ?? [];
  const behindPath = fault === '' ? null : inGerman(fault);
  return behindPath === null ? text : `${path} ${behindPath}`;
}

function literal(english: string): number {
  return english.replaceAll(PLACE, '').length;
}

function matcherOf(english: string): RegExp {
  const pattern = english
    .split(PLACE)
    .map((piece, index) =>
      index % 2 === 1 ? `(?<${piece}>.+?)` : piece.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`),
    )
    .join('');
  return new RegExp(`^${pattern}$`, 's');
}
