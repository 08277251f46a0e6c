import { type FieldShape, misunderstandings, type Shape, type Shapes } from './shapes.js';

const text: FieldShape = { type: 'String', presence: 'always' };
const optional: FieldShape = { ...text, presence: 'optional' };
const nullable: FieldShape = { ...text, presence: 'nullable' };

const stored = (shape: Shape): Shapes => ({ collections: { orders: shape }, messages: {}, lenient: [] });
const said = (shape: Shape, lenient: readonly string[] = []): Shapes => ({
  collections: {},
  messages: { claim: shape },
  lenient,
});

describe('two versions side by side', () => {
  it('understand each other where nothing has changed, and where something optional was added', () => {
    const shape = { id: text, parts: { type: 'Array', presence: 'always' }, 'parts[].name': text } as const;
    expect(misunderstandings(stored(shape), stored(shape))).toEqual({});
    expect(misunderstandings(stored(shape), stored({ ...shape, note: optional }))).toEqual({});
    expect(misunderstandings(stored(shape), stored({ ...shape, 'parts[].note': optional }))).toEqual({});
  });

  it('bear a part that is new, with what it demands', () => {
    const part = { second: { type: 'Embedded', presence: 'optional' }, 'second.name': text } as const;
    expect(misunderstandings(stored({ id: text }), stored({ id: text, ...part }))).toEqual({});
  });

  it('bear a field that was optional and is gone', () => {
    expect(misunderstandings(stored({ id: text, note: optional }), stored({ id: text }))).toEqual({});
  });

  it.each<[string, Shape, Shape, RegExp]>([
    ['a field that is gone', { note: text }, {}, /not written any more/],
    ['a field that may be missing now', { note: text }, { note: optional }, /may be missing/],
    ['a field that may be null now', { note: text }, { note: nullable }, /may be missing or null/],
    ['a field that is demanded now', { note: optional }, { note: text }, /is demanded \(always\)/],
    ['a new field that is demanded', {}, { note: text }, /the version before does not write it/],
    ['another type', { note: text }, { note: { ...text, type: 'Number' } }, /type Number, and was of type/],
    [
      'a word that is new',
      { note: { ...text, words: ['a'] } },
      { note: { ...text, words: ['a', 'b'] } },
      /does not know: b/,
    ],
    [
      'a word that is gone',
      { note: { ...text, words: ['a', 'b'] } },
      { note: { ...text, words: ['a'] } },
      /has lost words .*: b/,
    ],
    [
      'a bound that is wider now',
      { note: { ...text, bounds: { minimum: 1, maximum: 100 } } },
      { note: { ...text, bounds: { minimum: 0, maximum: 100 } } },
      /refused by the version before \(minimum 1 before, 0 now\)$/,
    ],
    [
      'a bound that is gone',
      { note: { ...text, bounds: { maxLength: 10 } } },
      { note: text },
      /wider.*\(maxLength 10 before, none now\)/,
    ],
    [
      'a bound that is narrower now',
      { note: { ...text, bounds: { 'items.maxLength': 10 } } },
      { note: { ...text, bounds: { 'items.maxLength': 5, maxItems: 3 } } },
      /narrower.*10 before, 5 now.*narrower.*\(maxItems none before, 3 now\)/,
    ],
    [
      'another pattern',
      { note: { ...text, bounds: { pattern: '^a' } } },
      { note: { ...text, bounds: { pattern: '^b' } } },
      /another pattern/,
    ],
    ['words where any would do', { note: text }, { note: { ...text, words: ['a'] } }, /writes any/],
  ])('do not bear %s', (_, before, now, why) => {
    expect(misunderstandings(stored(before), stored(now))).toEqual({
      'orders.note': expect.stringMatching(why),
    });
    expect(misunderstandings(said(before), said(now))).toEqual({ 'claim.note': expect.stringMatching(why) });
  });

  it('do not bear a field more in a message, unless the reader leaves it out', () => {
    expect(misunderstandings(said({}), said({ note: optional }))).toEqual({
      'claim.note': expect.stringMatching(/refused by the version before/),
    });
    expect(misunderstandings(said({}, ['claim']), said({ note: optional }))).toEqual({});
  });

  it('do not bear a collection that is gone', () => {
    expect(misunderstandings(stored({}), said({}))).toEqual({ orders: expect.stringMatching(/collection/) });
  });
});
