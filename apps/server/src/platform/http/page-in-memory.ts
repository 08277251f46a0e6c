import { invalid } from '#domain';
import { DEFAULT_LIMIT, sortOf, type ListQuery } from './list-query.dto.js';
import type { PageOf } from './page.dto.js';

type Comparable = string | number | Date;

/** What sorts before every time that was. */
export const NEVER = new Date(0);

/**
 * Pages of a list that is small enough to be read whole. The cursor is the id of the page's last item.
 *
 * @param values the fields that the query's `sort` may name; without a `sort` the given order stays
 */
export function pageInMemory<Item extends { id: string }>(
  all: readonly Item[],
  query: ListQuery & { sort?: string },
  values: Readonly<Record<string, (item: Item) => Comparable>> = {},
): PageOf<Item> {
  const sorted = sortedBy(all, query.sort, values);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const before = query.after === undefined ? -1 : sorted.findIndex((item) => item.id === query.after);
  if (query.after !== undefined && before === -1) {
    throw invalid([{ path: 'after', code: 'cursor', key: 'fault.nextOfList' }]);
  }
  const items = sorted.slice(before + 1, before + 1 + limit);
  const isLast = before + 1 + limit >= sorted.length;
  return { items, next: isLast ? null : (items.at(-1)?.id ?? null), total: Math.min(sorted.length, 100_000) };
}

function sortedBy<Item>(
  all: readonly Item[],
  sort: string | undefined,
  values: Readonly<Record<string, (item: Item) => Comparable>>,
): readonly Item[] {
  const keys = sortOf(sort).flatMap(({ field, descending }) => {
    const value = values[field];
    return value ? [{ value, direction: descending ? -1 : 1 }] : [];
  });
  if (keys.length === 0) return all;
  return all.toSorted((a, b) => {
    for (const { value, direction } of keys) {
      const [x, y] = [value(a), value(b)];
      if (x < y) return -direction;
      if (x > y) return direction;
    }
    return 0;
  });
}

/** Whether one of the texts holds the wanted one, whatever its case. */
export function mentions(wanted: string | undefined, ...texts: string[]): boolean {
  return wanted === undefined || texts.some((text) => text.toLowerCase().includes(wanted.toLowerCase()));
}
