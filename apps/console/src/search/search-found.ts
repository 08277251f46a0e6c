import {
  IconAdjustments,
  IconDeviceDesktop,
  IconListDetails,
  IconRocket,
  IconServer2,
  IconSquareArrowRight,
  type Icon,
} from '@tabler/icons-react';
import { useQueries, useQuery } from '@tanstack/react-query';
import { api, take, type Schema } from '../api.js';
import { PAGES } from '../pages.js';
import { useMay } from '../session/session.js';
import { SETTING_NAMES } from '../setting-kinds.js';
import { named, type TextKey, useT } from '../texts.js';

/** Entries of one kind that are shown at most. */
export const MOST_FOUND = 6;
/** The newest ones. */
const ROLLOUTS_SEARCHED = 50;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Something that has a name, and where it is shown. */
export interface Found {
  name: string;
  hint?: string;
  to: string;
  icon: Icon;
}
interface Group {
  title: TextKey;
  found: readonly Found[];
}

/**
 * @param typed what stands there; null: nobody looks
 * @param asked the same, once the typing has paused: the server is asked for it
 * @returns what is called so, of each kind that has something, as soon as it is known; what failed, where the server was
 *   asked in vain; and whether it is still looked for
 */
export function useFound(
  typed: string | null,
  asked: string,
): { groups: readonly Group[]; fault: Error | null; isLooking: boolean } {
  const pages = usePages(typed ?? '');
  const settings = useSettings(typed ?? '');
  const isAsked = typed !== null && asked !== '' && asked === typed;
  // each by itself: what is known of one kind does not wait for the others
  const found = useQueries({
    queries: Object.entries(SEARCHES).map(([kind, search]) => ({
      queryKey: ['search', kind, asked],
      queryFn: ({ signal }: { signal: AbortSignal }) => search(asked, signal),
      enabled: isAsked,
      staleTime: 10_000,
      gcTime: 60_000,
      retry: false,
    })),
  });
  // counting their members costs: the newest are read once, and looked through here
  const rollouts = useQuery({
    queryKey: ['search', 'rollouts'],
    queryFn: () => take(api.GET('/api/v1/rollouts', { params: { query: { limit: ROLLOUTS_SEARCHED } } })),
    enabled: isAsked,
    staleTime: 60_000,
    retry: false,
  });
  const all = [...found, rollouts];
  // what belongs to an earlier word would be opened by Enter
  const of = isAsked
    ? [...found.flatMap(({ data }) => data ?? []), rolloutsOf(rollouts.data?.items ?? [], asked)]
    : [];
  const groups: Group[] = [
    ...of,
    { title: 'search.pages', found: pages },
    { title: 'page.settings', found: settings },
  ];
  return {
    groups: groups.filter((group) => group.found.length > 0),
    // what one of them finds is worth showing without the others
    fault: all.find(({ error }) => error)?.error ?? null,
    isLooking: typed !== null && typed !== '' && (!isAsked || all.some(({ isPending }) => isPending)),
  };
}

/** What the server is asked for, by what it is. A search that nobody waits for any more is given up. */
const SEARCHES = {
  computers: async (q: string, signal: AbortSignal): Promise<Group> => {
    // nobody is told how many there are
    const query = { folder: 'all', q, limit: MOST_FOUND, countTo: 1 } as const;
    const { items } = await take(api.GET('/api/v1/computers', { params: { query }, signal }));
    return {
      title: 'page.computers',
      found: items.map(({ id, hostName, fqdn, state }) => ({
        name: hostName,
        hint: [named('state', state), fqdn].filter(Boolean).join(' · '),
        to: `/computers/${id}`,
        icon: IconDeviceDesktop,
      })),
    };
  },
  dps: async (q: string, signal: AbortSignal): Promise<Group> => {
    const query = { q, limit: MOST_FOUND };
    const { items } = await take(api.GET('/api/v1/distribution-points', { params: { query }, signal }));
    return {
      title: 'page.dps',
      found: items.map(({ id, name, state }) => ({
        name,
        hint: [named('state', state), ...(name === id ? [] : [id])].join(' · '),
        to: `/distribution-points/${id}`,
        icon: IconServer2,
      })),
    };
  },
  // an order has no name: whoever looks for one has its id, from a log say
  orders: async (q: string, signal: AbortSignal): Promise<Group> => {
    const order = ID.test(q)
      ? await take(api.GET('/api/v1/orders/{id}', { params: { path: { id: q } }, signal })).catch(() => null)
      : null;
    return { title: 'page.orders', found: order ? [orderFound(order)] : [] };
  },
} as const satisfies Record<string, (q: string, signal: AbortSignal) => Promise<Group>>;

function orderFound({ id, state, computer }: Schema['OrderDto']): Found {
  return { name: id, hint: named('state', state), to: `/computers/${computer}`, icon: IconListDetails };
}

function rolloutsOf(rollouts: readonly Schema['RolloutDto'][], q: string): Group {
  return {
    title: 'page.rollouts',
    found: rollouts
      .filter(({ id, name }) => matches(name, q) || id === q)
      .map(({ id, name, state }) => ({
        name,
        hint: named('rolloutState', state),
        to: `/rollouts/${id}`,
        icon: IconRocket,
      })),
  };
}

function usePages(q: string): Found[] {
  const t = useT();
  const isAdmin = useMay('admin');
  return PAGES.flatMap(({ path, menu, icon, role }) =>
    menu && (role === undefined || isAdmin) && matches(t(menu), q)
      ? [{ name: t(menu), to: `/${path}`, icon: icon ?? IconSquareArrowRight }]
      : [],
  );
}

function useSettings(q: string): Found[] {
  const t = useT();
  if (q === '') return [];
  return SETTING_NAMES.filter((name) => matches(t(`setting.${name}`), q) || matches(name, q)).map((name) => ({
    name: t(`setting.${name}`),
    hint: name,
    to: '/settings',
    icon: IconAdjustments,
  }));
}

function matches(name: string, q: string): boolean {
  return name.toLocaleLowerCase().includes(q.toLocaleLowerCase());
}
