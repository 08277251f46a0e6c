import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import type { Page } from '../api.js';

export const LIST_PAGE_SIZE = 200;
/** Pages that are fetched again as a whole when something changed; a longer list waits for its reader. */
const MOST_REFETCHED = 5;

/** What an event says of a thing: the list's item as it stands now. */
export interface Item {
  id: string;
  deleted?: boolean;
}

type List = InfiniteData<Page<Item>>;

export function isLong(list: { pages: readonly unknown[] } | undefined): boolean {
  return (list?.pages.length ?? 0) > MOST_REFETCHED;
}

/**
 * Puts changed items where they are shown, in one pass however many they are.
 *
 * @param key what kind of things they are
 * @returns whether that is all there is to do: every list has them already
 */
export function patchLists(client: QueryClient, key: string, changed: ReadonlyMap<string, Item>): boolean {
  let everywhere = true;
  for (const item of changed.values()) {
    if (item.deleted) everywhere = false;
    else client.setQueryData([key, 'one', item.id], (old: object | undefined) => old && { ...old, ...item });
  }
  client.setQueriesData<List>({ queryKey: [key, 'list'] }, (list) => {
    if (!list) return list;
    let found = 0;
    const pages = list.pages.map((page) => {
      const before = found;
      const items = page.items.map((one) => {
        const item = changed.get(one.id);
        if (!item || item.deleted) return one;
        found += 1;
        return { ...one, ...item };
      });
      return found === before ? page : { ...page, items };
    });
    if (found < changed.size) everywhere = false;
    return found === 0 ? list : { ...list, pages };
  });
  return everywhere;
}

/** Has everything of these kinds fetched again, but for long lists: those are marked as old. */
export async function refresh(client: QueryClient, keys: readonly string[] | 'all'): Promise<void> {
  const isMeant = (key: unknown): boolean => keys === 'all' || keys.includes(key as string);
  await Promise.all([
    client.invalidateQueries({
      predicate: ({ queryKey, state }) =>
        isMeant(queryKey[0]) && !(queryKey[1] === 'list' && isLong(state.data as List | undefined)),
    }),
    client.invalidateQueries({
      predicate: ({ queryKey, state }) =>
        isMeant(queryKey[0]) && queryKey[1] === 'list' && isLong(state.data as List | undefined),
      refetchType: 'none',
    }),
  ]);
}
