/**
 * JSON in the one form of RFC 8785 (JCS): object keys sorted by UTF-16 code units, no white space, numbers and strings
 * as ECMAScript prints them. Properties that are `undefined` are left out and `toJSON` is honoured, so the text always
 * belongs to what `JSON.stringify` would send.
 *
 * @throws TypeError for what JSON cannot carry: NaN, infinities, bigint, functions, lone surrogates, cycles
 */
export function canonicalJson(value: unknown): string {
  return serialise(value, []);
}

function serialise(given: unknown, parents: readonly object[]): string {
  const value = hasToJson(given) ? given.toJSON() : given;
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return serialiseText(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON form`);
    return JSON.stringify(value);
  }
  if (typeof value !== 'object') throw new TypeError(`${typeof value} has no JSON form`);
  if (parents.includes(value)) throw new TypeError('a cycle has no JSON form');
  const within = [...parents, value];
  if (Array.isArray(value)) {
    // Array.from also visits holes; JSON has null for both holes and undefined
    return `[${Array.from(value, (item: unknown) => (item === undefined ? 'null' : serialise(item, within))).join(',')}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${serialiseText(name)}:${serialise(member, within)}`);
  return `{${members.join(',')}}`;
}

function serialiseText(text: string): string {
  if (/\p{Surrogate}/u.test(text))
    throw new TypeError('a lone surrogate has no canonical JSON form (RFC 8785 §3.2.2.2)');
  return JSON.stringify(text);
}

function hasToJson(value: unknown): value is { toJSON(): unknown } {
  return (
    typeof value === 'object' && value !== null && 'toJSON' in value && typeof value.toJSON === 'function'
  );
}
