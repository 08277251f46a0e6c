import { type DomainError, invalid } from '#domain';
import { DEFAULT_LIMIT, sortOf, type ListQuery } from './list-query.dto.js';
import type { PageOf } from './page.dto.js';

type Comparable = string | number | Date;

/** What sorts before every time that was. */
export const NEVER = new Date(0);

type Values<Item> = Readonly<Record<string, (item: Item) => Comparable>>;

interface SortKey<Item> {
  value: (item: Item) => Comparable;
  direction: 1 | -1;
}

/** Where an item stands: its values by the keys, and its id. */
type Place = readonly (string | number)[];

/**
 * Pages of a list that is small enough to be read whole. In the given order a page goes on behind an id; in a wished one
 * behind the values and the id that the last item had then: by now it may stand elsewhere, or be gone.
 *
 * @param values the fields that the query's `sort` may name; the first one orders what is equal by the others. Without a
 *   `sort` the given order stays
 * @throws DomainError VALIDATION_FAILED for a cursor that is none
 */
export function pageInMemory<Item extends { id: string }>(
  all: readonly Item[],
  { sort, after, limit = DEFAULT_LIMIT }: ListQuery & { sort?: string },
  values: Values<Item> = {},
): PageOf<Item> {
  const keys = keysOf(sort, values);
  const placed = all.map((item) => ({ item, place: placeOf(item, keys) }));
  const isSorted = keys.length > 0;
  const sorted = isSorted ? placed.toSorted((a, b) => compare(keys, a.place, b.place)) : placed;
  let rest = sorted;
  if (after !== undefined && isSorted) {
    const place = parsePlace(after, sort, keys);
    rest = sorted.filter((one) => compare(keys, one.place, place) > 0);
  } else if (after !== undefined) {
    const before = sorted.findIndex(({ item }) => item.id === after);
    if (before === -1) throw notOfList();
    rest = sorted.slice(before + 1);
  }
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  let next: string | null = null;
  if (last && rest.length > page.length) next = isSorted ? cursorOf(sort, last.place) : last.item.id;
  return { items: page.map(({ item }) => item), next, total: Math.min(sorted.length, 100_000) };
}

function keysOf<Item>(sort: string | undefined, values: Values<Item>): SortKey<Item>[] {
  const keys = sortOf(sort).flatMap(({ field, descending }): SortKey<Item>[] => {
    const value = values[field];
    return value ? [{ value, direction: descending ? -1 : 1 }] : [];
  });
  const [first] = Object.values(values);
  return keys.length > 0 && first ? [...keys, { value: first, direction: 1 }] : keys;
}

function placeOf<Item extends { id: string }>(item: Item, keys: readonly SortKey<Item>[]): Place {
  const plain = keys.map(({ value }) => {
    const found = value(item);
    return found instanceof Date ? found.getTime() : found;
  });
  return [...plain, item.id];
}

function compare(keys: readonly SortKey<never>[], a: Place, b: Place): number {
  for (const [index, x] of a.entries()) {
    const y = b[index] ?? '';
    if (x !== y) return (x < y ? -1 : 1) * (keys[index]?.direction ?? 1);
  }
  return 0;
}

function cursorOf(sort: string | undefined, place: Place): string {
  return Buffer.from(JSON.stringify([sort, ...place])).toString('base64url');
}

/** A cursor only goes on in the order it comes from. */
function parsePlace<Item>(cursor: string, sort: string | undefined, keys: readonly SortKey<Item>[]): Place {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const [order, ...place]: unknown[] = Array.isArray(parsed) ? parsed : [];
    const isPlain = place.every((value) => typeof value === 'string' || typeof value === 'number');
    if (order === sort && isPlain && place.length === keys.length + 1) return place;
  } catch {
    // Told below
  }
  throw notOfList();
}

function notOfList(): DomainError {
  return invalid([{ path: 'after', code: 'cursor', key: 'fault.nextOfList' }]);
}

/** Whether one of the texts holds the wanted one, whatever its case. */
export function mentions(wanted: string | undefined, ...texts: string[]): boolean {
  return wanted === undefined || texts.some((text) => text.toLowerCase().includes(wanted.toLowerCase()));
}
