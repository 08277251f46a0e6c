import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOGUE, LANGUAGES, type Language } from '#texts';
import { chaptersOf, type GuideStep } from './testing/guide.ts';

const DOCS = join(__dirname, '..', 'docs');
const GUIDES = { en: 'getting-started.md', de: 'getting-started.de.md' } as const satisfies Record<
  Language,
  string
>;
const chapters = Object.fromEntries(
  LANGUAGES.map((one) => [one, chaptersOf(readFileSync(join(DOCS, GUIDES[one]), 'utf8'))]),
) as Record<Language, ReturnType<typeof chaptersOf>>;
const stepsOf = (language: Language): GuideStep[] => chapters[language].flatMap(({ steps }) => steps);

/** The console's texts by their keys, as patterns: what is filled into them is anything. */
const TEXTS = Object.fromEntries(
  LANGUAGES.map((language) => {
    const { console: own, shared } = CATALOGUE[language];
    const texts = Object.entries({ ...shared, ...own }).map(([key, text]) => ({
      key,
      text,
      is: pattern(text),
    }));
    return [language, texts] as const;
  }),
) as Record<Language, { key: string; text: string; is: RegExp }[]>;

function pattern(text: string): RegExp {
  const parts = text.split(/\{\{[^}]+\}\}/);
  const literally = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${literally.join('.+')}$`);
}

/** Keys of the texts that can come out as this. */
function keysOf(label: string, language: Language): string[] {
  // "Release (40)" is the action with the number of what it will be done to
  const plain = label.replace(/ \(\d+\)$/, '');
  return TEXTS[language].flatMap(({ key, is }) => (is.test(plain) ? [key] : []));
}

/** Keys of the texts that have this in them. */
function keysOfShown(shown: string, language: Language): string[] {
  return TEXTS[language].flatMap(({ key, text }) => (text.includes(shown) ? [key] : []));
}

/** Those that begin with a text, for buttons that name what they are about as well. */
function keysOfLabel(label: string, language: Language): string[] {
  const words = label.split(' ');
  for (let count = words.length; count > 0; count -= 1) {
    const keys = keysOf(words.slice(0, count).join(' '), language);
    if (keys.length > 0) return keys;
  }
  return [];
}

/** For each thing that a step names, the keys of what it is in the console. */
function keysIn(step: GuideStep, language: Language): string[][] {
  switch (step.kind) {
    case 'click':
      return [keysOfLabel(step.label, language)];
    case 'fill':
      return [keysOfLabel(step.label, language), keysOf(step.value, language)];
    case 'see':
      return [keysOfShown(step.text, language)];
    default:
      return [];
  }
}

describe('the guides to getting started', () => {
  const typed = new Set(stepsOf('en').flatMap((step) => (step.kind === 'fill' ? [step.value] : [])));

  it.each(LANGUAGES)('name what the console has (%s)', (language) => {
    const unknown = stepsOf(language).flatMap((step) => {
      if (step.kind === 'see') return keysOfShown(step.text, language).length === 0 ? [step.text] : [];
      if (!('label' in step) || typed.has(step.label)) return [];
      return keysOfLabel(step.label, language).length === 0 ? [step.label] : [];
    });
    expect(unknown).toEqual([]);
    expect(keysOfLabel('Make it so', language)).toEqual([]);
  });

  it('go the same way in both languages: same steps, same labels, same lines', () => {
    expect(chapters.de.map(({ steps }) => steps.map(({ kind }) => kind))).toEqual(
      chapters.en.map(({ steps }) => steps.map(({ kind }) => kind)),
    );
    const german = stepsOf('de');
    for (const [index, english] of stepsOf('en').entries()) {
      const other = german[index];
      if (other === undefined) throw new Error('there are fewer steps in German');
      if (english.kind === 'paste') {
        expect(other).toEqual(english);
        continue;
      }
      const there = keysIn(other, 'de');
      // what is no text of the console is a name or a place, and may differ
      const isSame = keysIn(english, 'en').map((keys, which) =>
        keys.length === 0 ? there[which]?.length === 0 : keys.some((key) => there[which]?.includes(key)),
      );
      expect({ english, other, isSame }).toMatchObject({ isSame: isSame.map(() => true) });
    }
  });

  it.each(LANGUAGES)('show pictures that are there (%s)', (language) => {
    const pictures = stepsOf(language).flatMap((step) => (step.kind === 'picture' ? [step.file] : []));
    expect(pictures.length).toBeGreaterThan(2);
    expect(pictures.filter((file) => !existsSync(join(DOCS, file)))).toEqual([]);
  });
});
