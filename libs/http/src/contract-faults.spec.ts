import { faultFinder } from '#contract';
import { LANGUAGES, textIn } from '#texts';
import { faultOfMessage } from './contract-faults.js';

const faultsIn = faultFinder({
  type: 'object',
  additionalProperties: false,
  required: ['needed'],
  properties: {
    needed: {},
    v: { const: 1 },
    word: { type: 'string', minLength: 2, maxLength: 3 },
    slug: { type: 'string', pattern: '^[a-z]+$' },
    state: { enum: ['on', 'off'] },
    count: { type: 'integer', minimum: 1, maximum: 5 },
    list: { type: 'array', maxItems: 1 },
    text: { type: ['string', 'null'] },
    any: { anyOf: [{ type: 'string' }] },
  },
});

const said = (value: object): string[] =>
  faultsIn({ needed: 1, ...value }).map((fault) => {
    const { path, key, params = {} } = faultOfMessage(fault);
    const [english, german] = LANGUAGES.map((language) => textIn(language, { key, params }));
    return `${path} ${english} / ${german}`;
  });

describe('a fault of a message', () => {
  it.each([
    [{ needed: undefined }, 'needed is missing / fehlt'],
    [{ colour: 1 }, 'colour is not a known field / ist kein bekanntes Feld'],
    [{ v: 2 }, 'v must be 1 / muss 1 sein'],
    [{ word: 1 }, 'word must be a text / muss ein Text sein'],
    [{ word: 'a' }, 'word must have at least 2 characters / muss mindestens 2 Zeichen haben'],
    [{ word: 'abcd' }, 'word must have at most 3 characters / darf höchstens 3 Zeichen haben'],
    [{ slug: 'A' }, 'slug must match ^[a-z]+$ / muss zu ^[a-z]+$ passen'],
    [{ state: 'up' }, 'state must be one of on, off / muss eines von on, off sein'],
    [{ count: 1.5 }, 'count must be a whole number / muss eine ganze Zahl sein'],
    [{ count: 0 }, 'count must be at least 1 / muss mindestens 1 sein'],
    [{ count: 6 }, 'count must be at most 5 / darf höchstens 5 sein'],
    [{ list: [1, 2] }, 'list must have at most 1 entries / darf höchstens 1 Einträge haben'],
    [{ text: 1 }, 'text must be one of string, null / muss eines von string, null sein'],
  ])('of %j is said in two languages', (value, words) => {
    expect(said(value)).toEqual([words]);
  });

  it('of a rule that has no words of ours is said as the validator says it', () => {
    expect(said({ any: 1 })).toContain('any must match a schema in anyOf / must match a schema in anyOf');
  });
});
