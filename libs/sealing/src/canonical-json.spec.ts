import { assert, jsonValue, property } from 'fast-check';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson } from './canonical-json.js';

const vectors = JSON.parse(readFileSync(join(__dirname, 'vectors', 'rfc8785.json'), 'utf8')) as {
  numbers: { bits: string; text: string }[];
  texts: { name: string; given: string; canonical: string }[];
};

describe('canonical JSON', () => {
  it('sorts keys by UTF-16 code units (RFC 8785 §3.2.3)', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = Object.values(JSON.parse(canonicalJson(value)) as object);
    expect(canonicalJson(value)).toMatch(/^\{"\\r":"Carriage Return","1":"One","\u0080"/);
    expect(order.at(-1)).toBe('Hebrew Letter Dalet With Dagesh');
    expect(canonicalJson(value).indexOf('Emoji')).toBeLessThan(canonicalJson(value).indexOf('Hebrew'));
  });

  it('prints the example of RFC 8785 §3.2.2', () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it.each(vectors.numbers)('prints the number $text of appendix B', ({ bits, text }) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });

  it.each(vectors.texts)('agrees with the reference implementation: $name', ({ given, canonical }) => {
    expect(canonicalJson(JSON.parse(given))).toBe(canonical);
  });

  it('belongs to what is sent: undefined left out, dates as text', () => {
    expect(canonicalJson({ b: undefined, a: [undefined, new Date(0)] })).toBe(
      '{"a":[null,"1970-01-01T00:00:00.000Z"]}',
    );
  });

  it('refuses what has no JSON form', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const value of [NaN, Infinity, 1n, () => 1, undefined, '\ud800', { '\udc00': 1 }, cycle]) {
      expect(() => canonicalJson(value)).toThrow(TypeError);
    }
  });

  it('says the same whatever the order of keys, and loses nothing', () => {
    assert(
      property(jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const canonical = canonicalJson(value);
        expect(JSON.parse(canonical)).toEqual(JSON.parse(text));
        expect(canonicalJson(reversed(value))).toBe(canonical);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([name, member]) => [name, reversed(member)]));
}
