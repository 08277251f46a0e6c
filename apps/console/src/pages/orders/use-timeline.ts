import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { api, take, type Schema } from '../../api.js';

type Event = Schema['TimelineEventDto'];
/** Rows of a page, and pages at most: a computer has a few hundred entries as a rule. */
const [ROWS, PAGES] = [500, 10];

/** A computer's whole timeline, newest first. */
export function useTimeline(computer: string | undefined): UseQueryResult<Event[]> {
  return useQuery({
    queryKey: ['timeline', computer],
    queryFn: () => wholeTimeline(computer ?? ''),
    enabled: computer !== undefined,
  });
}

async function wholeTimeline(id: string): Promise<Event[]> {
  const events: Event[] = [];
  let after: string | null = null;
  for (let page = 0; page < PAGES && (page === 0 || after !== null); page += 1) {
    const query: { limit: number; after?: string } = { limit: ROWS, ...(after !== null && { after }) };
    const { items, next }: Schema['TimelinePage'] = await take(
      api.GET('/api/v1/computers/{id}/timeline', { params: { path: { id }, query } }),
    );
    events.push(...items);
    after = next;
  }
  return events;
}
