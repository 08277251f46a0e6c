import type { Schema } from '../../api.js';

type Event = Schema['TimelineEventDto'];

/** One hand-over of an order to a DP, as its timeline tells of it. */
export interface Attempt {
  /** From 1, in the order of the hand-overs. */
  number: number;
  dp: string | null;
  since: string;
  /** Null: it goes on. */
  until: string | null;
  /** Kind of the event that ended it; null: it goes on. */
  ending: Event['kind'] | null;
  failure: Event['failure'] | null;
  /** What another system said, as it was. */
  native: { system: string; code: string; text: string } | null;
  accounts: NonNullable<Event['accounts']>;
  /** The last output of the installer that its DP reported; empty: none. */
  log: string;
}

const ENDINGS: ReadonlySet<Event['kind']> = new Set([
  'order-retry',
  'order-succeeded',
  'order-failed',
  'order-cancelled',
  'order-expired',
  'order-outcome-unknown',
  'order-lease-lapsed',
  'order-passed-on',
] satisfies Event['kind'][]);

interface Building extends Attempt {
  fence: number | null;
}

/**
 * The attempts of an order, the first one first.
 *
 * @param events of a computer's timeline, newest first, as the API has them
 */
export function attemptsOf(events: readonly Event[], order: string): Attempt[] {
  const made: Building[] = [];
  for (const event of events.filter((one) => one.order === order).toReversed()) {
    const { fence } = event.data as { fence?: unknown };
    const told = typeof fence === 'number' ? fence : null;
    let at = made.findLast((one) => told !== null && one.fence === told) ?? made.at(-1);
    const isNew = event.kind === 'order-leased' || (told !== null && at !== undefined && isOther(at, told));
    if (isNew || (at === undefined && told !== null)) {
      at = begun(event, made.length + 1);
      made.push(at);
    }
    if (at) take(at, event, told);
  }
  return made;
}

const isOther = (at: Building, fence: number): boolean => at.fence !== null && at.fence !== fence;

function begun({ at, dp }: Event, number: number): Building {
  return {
    number,
    dp,
    since: at,
    until: null,
    ending: null,
    failure: null,
    native: null,
    accounts: [],
    log: '',
    fence: null,
  };
}

function take(attempt: Building, event: Event, fence: number | null): void {
  const { log, failure } = event.data as { log?: unknown; failure?: { native?: Attempt['native'] } };
  attempt.fence ??= fence;
  // each report has the accounts tried so far, and the end of the output
  if (event.accounts) attempt.accounts = event.accounts;
  if (typeof log === 'string' && log !== '') attempt.log = log;
  if (event.failure && attempt.ending === null) {
    attempt.failure = event.failure;
    attempt.native = failure?.native ?? null;
  }
  if (attempt.ending === null && ENDINGS.has(event.kind)) {
    attempt.ending = event.kind;
    attempt.until = event.at;
  }
}
