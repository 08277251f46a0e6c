import type { Schema } from '../../api.js';

type Value = Schema['ColumnValueDto'];
type Mapped = Schema['MappedValueDto'];
type Options = Schema['ImportOptionsDto'];
type Detected = NonNullable<Schema['ImportRunDto']['detected']>;

/** Choices that are no id of a DP: no id has a colon. */
export const REJECT = ':reject';
export const SERVER = ':server';

/** A choice for each value that somebody has made one for. */
export type Chosen = Readonly<Record<string, string>>;

/** Where the rows with a value go: the id of a DP, one of the other choices, or '' as long as nobody knows. */
export function targetOf({ target, dp }: Value): string {
  if (target === 'reject') return REJECT;
  if (target === 'server') return SERVER;
  return dp ?? '';
}

/** The same with what was chosen since. */
export function chosenFor(one: Value, chosen: Chosen): string {
  return chosen[one.value] ?? targetOf(one);
}

/** A value that names its DP already needs no word, unless somebody says another one. */
export function mappedOf(one: Value, target: string): Mapped[] {
  const { value, by } = one;
  if (target === '' || (by !== 'mapping' && target === targetOf(one))) return [];
  if (target === REJECT) return [{ value, target: 'reject' }];
  return target === SERVER ? [{ value, target: 'server' }] : [{ value, dp: target }];
}

/** What was chosen that the rows do not show yet. */
export function changesOf(values: readonly Value[], chosen: Chosen): Chosen {
  const changed = values.filter((one) => chosenFor(one, chosen) !== targetOf(one));
  return Object.fromEntries(changed.map((one) => [one.value, chosenFor(one, chosen)]));
}

/** Whether every value goes somewhere, and one of them to somewhere else than the rows show. */
export function isSettled(values: readonly Value[], chosen: Chosen): boolean {
  const isOpen = values.some((one) => chosenFor(one, chosen) === '');
  return !isOpen && Object.keys(changesOf(values, chosen)).length > 0;
}

/** What was changed while what was sent was on its way. */
export function unsentOf<Changes extends object>(changed: Changes, sent: Changes): Changes {
  const known = new Map(Object.entries(sent));
  const rest = Object.entries(changed).filter(([name, value]) => known.get(name) !== value);
  return Object.fromEntries(rest) as Changes;
}

/** Whether cells are cut out of the file in another way: the values of a column may be others then. */
export function readsOtherwise({ encoding, delimiter, header }: Options): boolean {
  return encoding !== undefined || delimiter !== undefined || header !== undefined;
}

/** Without what says the same as was seen in the file: there and back again is no change. */
export function notDetected(options: Options, detected: Detected): Options {
  const { columns, ...others } = options;
  const seen = new Map<string, unknown>(Object.entries(detected));
  const changed = Object.entries(others).filter(([name, value]) => seen.get(name) !== value);
  const isOther = columns !== undefined && !isSame(columns, detected.columns);
  return { ...(Object.fromEntries(changed) as Options), ...(isOther && { columns }) };
}

function isSame(one: object, other: object): boolean {
  const [ones, others] = [new Map<string, unknown>(Object.entries(one)), Object.entries(other)];
  return ones.size === others.length && others.every(([name, value]) => ones.get(name) === value);
}

/** What was said before of values that this file does not have: it stays as long as the column is the same. */
export function unseenOf(
  mapping: Options['mapping'],
  column: { index: number; header: string | null } | null,
  values: readonly Value[],
): Mapped[] {
  const isSaidOf =
    mapping && column && (mapping.column === column.index || isAlike(mapping.column, column.header));
  if (!isSaidOf) return [];
  return mapping.values.filter(({ value }) => !values.some((one) => isAlike(one.value, value)));
}

/** As the server compares what a file says. */
function isAlike(one: number | string, other: string | null): boolean {
  const plain = (text: string): string => text.normalize('NFC').trim().replace(/\s+/g, ' ').toLowerCase();
  return typeof one === 'string' && other !== null && plain(one) === plain(other);
}
