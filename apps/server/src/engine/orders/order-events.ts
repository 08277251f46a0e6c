import type {
  Computer,
  EventKind,
  EventSource,
  Hold,
  InstallOrder,
  OpenOrder,
  OrderEvent,
  OrderEntry,
  OrderState,
  TimelineEvent,
} from '#domain';

/** What stands in the timeline when an order reaches a state, whatever brought it there. */
const KIND_OF_STATE = {
  planned: 'order-retry',
  queued: 'order-queued',
  leased: 'order-leased',
  running: 'order-accepted',
  cancelling: 'order-cancel-asked',
  succeeded: 'order-succeeded',
  failed: 'order-failed',
  cancelled: 'order-cancelled',
  expired: 'order-expired',
  'outcome-unknown': 'order-outcome-unknown',
} as const satisfies Record<OrderState, EventKind>;

function kindOf(before: InstallOrder, after: InstallOrder, event: OrderEvent): EventKind {
  if (before.dp !== after.dp) return 'order-passed-on';
  if (event.type === 'held') return 'order-held-back';
  if (event.type === 'lease-lapsed' || event.type === 'lease-returned') return 'order-lease-lapsed';
  // whichever report comes first begins the run; each is told as what it says
  if (event.type === 'reported' && event.report.state === 'accepted') return 'order-accepted';
  if (event.type === 'reported' && event.report.state === 'progress') return 'order-progress';
  if (before.state === after.state) return 'order-progress';
  return KIND_OF_STATE[after.state];
}

/** Movements that are worth a line: renewals and republished tickets are not. */
function isTold(before: InstallOrder, after: InstallOrder, event: OrderEvent): boolean {
  // it is told when the ticket is there
  if (event.type === 'publish-failed') return false;
  if (before.state !== after.state || event.type === 'reported') return true;
  return event.type === 'held' && !isSameHold(before.heldBack, after.heldBack);
}

/** Looked at again and still held back by the same: no news. */
function isSameHold(before: Hold | null, after: Hold | null): boolean {
  return before?.code === after?.code && before?.brake === after?.brake;
}

/**
 * The entry of an order's movement, or null when it is not worth one.
 *
 * @param cause what makes the entry's id, so that repeating the movement adds nothing
 */
export function movementEvent(
  before: InstallOrder,
  after: InstallOrder,
  event: OrderEvent,
  source: EventSource,
  cause: string,
  at: Date,
  data: Record<string, unknown> = {},
): OrderEntry | null {
  if (!isTold(before, after, event)) return null;
  const facts: Record<string, unknown> = { orderKind: after.kind, attempt: after.attempt, ...data };
  if (before.dp !== after.dp) facts['dpBefore'] = before.dp;
  if (after.heldBack) facts['heldBack'] = { code: after.heldBack.code, until: after.heldBack.until };
  if (after.failure && after.failure !== before.failure) facts['failure'] = after.failure;
  if (after.result && after.result !== before.result) facts['result'] = after.result;
  return {
    id: cause,
    dp: after.dp,
    at,
    ...(event.type === 'reported' && { seq: event.report.seq }),
    source,
    kind: kindOf(before, after, event),
    from: before.state,
    to: after.state,
    data: facts,
  };
}

/** The first entry of an order: who asked for it. The same intent always gives the same one. */
export function askedEntry({ dp: { fixed } }: Computer, intent: OpenOrder): OrderEntry {
  const { id, kind, dp, route, by, note, release, at } = intent;
  const base = { dp, at, source: 'admin', from: null } as const;
  if (kind === 'install-client') {
    const via = fixed ? 'dp' : 'server-dp';
    return {
      ...base,
      id: `released:${id}`,
      kind: 'released',
      to: 'releasing',
      data: { by, note, via, release },
    };
  }
  const data = { by, note, orderKind: kind, route: route ?? [dp], release };
  return { ...base, id: `asked:${id}`, kind: 'action-asked', to: null, data };
}

/** An entry about a computer itself. */
export function computerEvent(
  computer: Pick<Computer, 'id' | 'tenant'>,
  fields: Pick<TimelineEvent, 'id' | 'at' | 'source' | 'kind'> &
    Partial<Pick<TimelineEvent, 'order' | 'dp' | 'from' | 'to' | 'data'>>,
): TimelineEvent {
  return {
    tenant: computer.tenant,
    computer: computer.id,
    order: null,
    dp: null,
    importRun: null,
    from: null,
    to: null,
    data: {},
    ...fields,
  };
}
