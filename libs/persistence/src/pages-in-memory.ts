import { cursorOf, parseCursor, valueAt, type PageRequest, type PageResult, type SortKey } from './pages.js';
import type { Stored } from './versioned-collection.js';

/**
 * As `page`, of documents that have been read: those that come from several collections. Their cursors are the same.
 *
 * @param keys how they are ordered; the last one tells all of them apart
 * @throws DomainError VALIDATION_FAILED for a cursor that is none
 */
export function pageInMemory<T extends Stored>(
  documents: readonly T[],
  request: PageRequest,
  keys: readonly SortKey[],
): PageResult<T> {
  const cursor = request.after ? parseCursor(keys, request.after) : null;
  const valuesOf = (one: T): unknown[] => keys.map(({ path }) => valueAt(one, path));
  const sorted = documents.toSorted((a, b) => compare(keys, valuesOf(a), valuesOf(b)));
  const rest = cursor ? sorted.filter((one) => compare(keys, valuesOf(one), cursor.values) > 0) : sorted;
  const items = rest.slice(0, request.limit);
  const last = items.at(-1);
  const total = cursor?.total ?? documents.length;
  return { items, next: rest.length > items.length && last ? cursorOf(keys, last, total) : null, total };
}

function compare(keys: readonly SortKey[], a: readonly unknown[], b: readonly unknown[]): number {
  for (const [index, { direction }] of keys.entries()) {
    const order = compareValues(a[index], b[index]);
    if (order !== 0) return order * direction;
  }
  return 0;
}

/** As the database does it: nothing sorts before everything. */
function compareValues(a: unknown, b: unknown): number {
  const [one, other] = [comparable(a), comparable(b)];
  if (one === other) return 0;
  if (one === null) return -1;
  return other === null || one > other ? 1 : -1;
}

function comparable(value: unknown): string | number | null {
  if (value instanceof Date) return value.getTime();
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
