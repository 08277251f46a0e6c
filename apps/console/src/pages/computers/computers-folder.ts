import { useQuery } from '@tanstack/react-query';
import { api, take } from '../../api.js';

/** What needs somebody first. */
export const FOLDERS = ['attention', 'unregistered', 'registered', 'failed', 'all'] as const;
export type Folder = (typeof FOLDERS)[number];

/**
 * The folder that the list opens with: what needs attention, else those that are not registered yet, else all, so that nobody
 * begins with an empty one. It is decided once for a visit: rows do not go away under somebody's hands.
 *
 * @param isAsked whether nothing else names a folder
 * @returns null until it is known; none: there is no computer at all
 */
export function useFirstFolder(isAsked: boolean): Folder | 'none' | null {
  const first = useQuery({
    queryKey: ['firstFolder'],
    queryFn: async (): Promise<Folder | 'none'> => {
      const hasSome = async (
        narrowing: { attention: true } | { folder: 'unregistered' | 'all' },
      ): Promise<boolean> =>
        (
          await take(
            api.GET('/api/v1/computers', { params: { query: { ...narrowing, limit: 1, countTo: 1 } } }),
          )
        ).items.length > 0;
      if (await hasSome({ attention: true })) return 'attention';
      if (await hasSome({ folder: 'unregistered' })) return 'unregistered';
      return (await hasSome({ folder: 'all' })) ? 'all' : 'none';
    },
    enabled: isAsked,
    // held for the visit, whatever is fetched again after a reconnect
    staleTime: 'static',
    gcTime: 0,
  });
  // the list itself tells what is wrong
  return first.data ?? (first.isError ? 'attention' : null);
}
