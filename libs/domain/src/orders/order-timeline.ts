import type { OrderEntry, TimelineEvent } from '../base/timeline.js';
import type { InstallOrder } from './install-order.js';

/** Entries that an order carries at most; what is longer, as by a DP that reports without end, is kept beside it. */
const MOST_ENTRIES = 50;
/** The same in characters of JSON: a document has a limit, and reports may bring logs. */
const MOST_TEXT = 100_000;

/** What an order tells of itself, the oldest first. */
export function entriesOf({ timeline = [], untold = [] }: InstallOrder): OrderEntry[] {
  return untold.length === 0 ? [...timeline] : distinct([...timeline, ...untold.map(entryOf)]);
}

/** The same as entries of its computer's timeline. */
export function eventsOf(order: InstallOrder): TimelineEvent[] {
  const { id, tenant, computer } = order;
  return entriesOf(order).map((entry) => ({ ...entry, tenant, computer, order: id, importRun: null }));
}

/**
 * An order with what has happened to it.
 *
 * @param before as it is stored
 * @param after what has become of it, without the entries
 * @param told an entry that it has already, by its id, adds nothing
 * @returns `outgrown`: entries that it has no room for any longer; they have to be stored elsewhere before it is written
 */
export function withEntries(
  before: InstallOrder,
  after: InstallOrder,
  told: readonly OrderEntry[],
): { order: InstallOrder; added: number; outgrown: TimelineEvent[] } {
  const known = entriesOf(before);
  const all = distinct([...known, ...told]);
  const fresh = all.slice(known.length);
  const isFull = fresh.length > 0 && isTooLong(all);
  const { untold: _, ...order } = after;
  return {
    order: { ...order, timeline: isFull ? fresh : all },
    added: fresh.length,
    outgrown: isFull ? eventsOf(before) : [],
  };
}

function isTooLong(entries: readonly OrderEntry[]): boolean {
  return entries.length > MOST_ENTRIES || JSON.stringify(entries).length > MOST_TEXT;
}

/** Of several with one id, the first. */
function distinct(entries: readonly OrderEntry[]): OrderEntry[] {
  return [...Map.groupBy(entries, ({ id }) => id).values()].flatMap(([first]) => first ?? []);
}

function entryOf(event: TimelineEvent): OrderEntry {
  const { tenant: _tenant, computer: _computer, order: _order, importRun: _run, ...entry } = event;
  return entry;
}
