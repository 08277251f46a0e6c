import { GERMAN_FAULTS } from './german-faults.js';
import { GERMAN_IMPORTS } from './german-imports.js';
import { GERMAN_LOCATIONS } from './german-locations.js';
import { GERMAN_REFUSALS } from './german-refusals.js';
import { GERMAN_WORDS } from './german-words.js';

/**
 * German for the sentences that this API says in English. The English sentence is the key, as with gettext, so that
 * sentences are translated too that were stored, or came from an importer. `{name}` stands for what varies; it is taken
 * over as it is, or translated itself where the German has `{=name}`. Where it has `{==name}`, a sentence with a part that
 * has no German has none either.
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
    const whole = groups && filled(german, groups);
    if (whole) return whole;
  }
  // verdicts on location rules are rows of them
  const verdicts = sentence.split('; ').map((one, _, { length }) => (length > 1 ? inGerman(one) : null));
  return verdicts.every((one) => one !== null) ? verdicts.join('; ') : null;
}

/** Null: a part that needs its German has none. */
function filled(german: string, groups: Readonly<Record<string, string>>): string | null {
  let isWhole = true;
  const text = german.replaceAll(/\{(={0,2})(\w+)\}/g, (_, mark: string, name: string) => {
    const said = groups[name] ?? '';
    if (mark === '') return said;
    const translated = part(said);
    if (translated === null && mark === '==') isWhole = false;
    return translated ?? said;
  });
  return isWhole ? text : null;
}

/** A word, a sentence within the sentence, or a fault behind its path. */
function part(text: string): string | null {
  if (Object.hasOwn(GERMAN_WORDS, text)) return GERMAN_WORDS[text] ?? text;
  const whole = inGerman(text);
  if (whole !== null) return whole;
  const [, path = '', fault = ''] = /^(\S+) (.+)$/s.exec(text) ?? [];
  const behindPath = fault === '' ? null : inGerman(fault);
  return behindPath === null ? null : `${path} ${behindPath}`;
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
