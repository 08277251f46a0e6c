import { CATALOGUE } from './catalogue.js';
import { isTextKey, textIn } from './text-in.js';
import { preferredLanguage } from './preferred-language.js';

const { en, de } = CATALOGUE;
type Section = Readonly<Record<string, string>>;
const SECTIONS = Object.keys(en) as (keyof typeof en)[];

/** Names of the places of a text, of nested texts as well; how a number is written may differ. */
function places(text: string): string[] {
  return [...new Set([...text.matchAll(/\{\{(\w+)[^}]*\}\}/g)].map(([, name = '']) => name))].toSorted();
}

/** What a language lacks of another, or has differently. */
function differences(one: Section, other: Section): string[] {
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].filter((key) => {
    const [a, b] = [one[key], other[key]];
    return !a || !b || places(a).join() !== places(b).join();
  });
}

describe('the catalogue', () => {
  it.each(SECTIONS)('says everything of %s in both languages, with the same places', (section) => {
    expect(differences(en[section], de[section])).toEqual([]);
    expect(Object.keys(en[section]).length).toBeGreaterThan(50);
  });

  it('would show what is missing, empty or lacks a place', () => {
    expect(differences({ a: 'x', b: 'x', c: '{{n}} x' }, { b: '', c: '{{m}} y' })).toEqual(['a', 'b', 'c']);
  });

  it('has both forms of each plural', () => {
    for (const language of [en, de]) {
      const keys = SECTIONS.flatMap((section) => Object.keys(language[section]));
      const counted = keys
        .filter((key) => /_(?:one|other)$/.test(key))
        .map((key) => key.replace(/_(?:one|other)$/, ''));
      for (const key of counted) expect(keys).toEqual(expect.arrayContaining([`${key}_one`, `${key}_other`]));
    }
  });

  it('nests only texts that exist', () => {
    const prefixes = Object.keys(en.shared).map((key) => key.split('.')[0]);
    for (const text of SECTIONS.flatMap((section) => Object.values(de[section]))) {
      for (const [, prefix] of text.matchAll(/\$t\((\w+)\./g)) expect(prefixes).toContain(prefix);
    }
  });

  it('says one word for one idea in German', () => {
    const strange =
      /Distribution ?[Pp]oint|Queue|Passwort|Account(?!TokenFilterPolicy)|Host(?!-Schlüssel|name|\[)|Agent(?!en)|Job|Task|Zustand|gescheitert|Kennung|Inhaber(?! von METRICS)|Verteilpunkt(?!e? \(DP\))/;
    const found = SECTIONS.flatMap((section) => Object.entries(de[section])).filter(([, text]) =>
      strange.test(text),
    );
    expect(found).toEqual([]);
  });
});

describe('a text', () => {
  it('is put into words, with its numbers and the texts within it in the same language', () => {
    const message = {
      key: 'row.line',
      params: { line: 5, what: { key: 'row.columnCount', params: { count: 4481, expected: 3 } } },
    } as const;
    expect(textIn('en', message)).toBe('Line 5: 4,481 columns found, 3 expected');
    expect(textIn('de', message)).toBe('Zeile 5: 4.481 Spalten gefunden, 3 erwartet');
    const one = { key: 'row.columnCount', params: { count: 1, expected: 3 } } as const;
    expect([textIn('en', one), textIn('de', one)]).toEqual([
      '1 column found, 3 expected',
      '1 Spalte gefunden, 3 erwartet',
    ]);
  });

  it('joins lists, and names states as the console does', () => {
    expect(textIn('en', { key: 'fault.exactlyOne', params: { names: ['all', 'any'] } })).toBe(
      'must have exactly one of all, any',
    );
    const ended = { key: 'order.ended', params: { state: 'outcome-unknown' } } as const;
    expect(textIn('de', ended)).toContain(de.shared['state.outcome-unknown']);
  });

  it('takes what fills its places as it is, whatever it looks like', () => {
    const params = { name: '{{name}} $t(state.ready) <b>', state: 'ready' };
    expect(textIn('en', { key: 'duplicate.user', params })).toContain('{{name}} $t(state.ready) <b>');
  });

  it('that an earlier version stored as a sentence is shown as it stands', () => {
    expect(textIn('de', { text: 'Line 3: Name is empty' })).toBe('Line 3: Name is empty');
  });

  it('is known or not', () => {
    expect(isTextKey('order.ended')).toBe(true);
    expect(isTextKey('row.columnCount')).toBe(true);
    for (const other of ['order.never', 'page.overview', undefined, 7, 'toString'])
      expect(isTextKey(other)).toBe(false);
  });
});

describe('the language', () => {
  it.each([
    [undefined, 'en'],
    ['de', 'de'],
    ['de-DE,de;q=0.9,en;q=0.8', 'de'],
    ['en-GB, de;q=0.9', 'en'],
    ['fr, de;q=0.5', 'de'],
    ['de;q=0, en', 'en'],
    ['*', 'en'],
  ] as const)('of Accept-Language %s is %s', (header, language) => {
    expect(preferredLanguage(header)).toBe(language);
  });
});
