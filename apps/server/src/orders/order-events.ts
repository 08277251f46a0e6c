import type {
  Computer,
  EventKind,
  EventSource,
  Hold,
  InstallOrder,
  OrderEvent,
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

function kindOf(before: InstallOrder, after: InstallOrder, event: OrderEvent['type']): EventKind {
  if (before.dp !== after.dp) return 'order-passed-on';
  if (event === 'held') return 'order-held-back';
  if (event === 'lease-lapsed') return 'order-lease-lapsed';
  if (before.state === after.state) return 'order-progress';
  return KIND_OF_STATE[after.state];
}

/** Movements that are worth a line: renewals and republished tickets are not. */
function isTold(before: InstallOrder, after: InstallOrder, event: OrderEvent['type']): boolean {
  if (before.state !== after.state || event === 'reported') return true;
  return event === 'held' && !isSameHold(before.heldBack, after.heldBack);
}

/** Looked at again and still held back by the same: no news. */
function isSameHold(before: Hold | null, after: Hold | null): boolean {
  return before?.code === after?.code && before?.brake === after?.brake;
}

/**
 * The timeline entry of an order's movement, or null when it is not worth one.
 *
 * @param cause what makes the entry's id, so that repeating the movement adds nothing
 */
export function movementEvent(
  before: InstallOrder,
  after: InstallOrder,
  event: OrderEvent['type'],
  source: EventSource,
  cause: string,
  at: Date,
  data: Record<string, unknown> = {},
): TimelineEvent | null {
  if (!isTold(before, after, event)) return null;
  const facts: Record<string, unknown> = { orderKind: after.kind, attempt: after.attempt, ...data };
  if (before.dp !== after.dp) facts['dpBefore'] = before.dp;
  if (after.heldBack) facts['heldBack'] = { code: after.heldBack.code, until: after.heldBack.until };
  if (after.failure && after.failure !== before.failure) facts['failure'] = after.failure;
  if (after.result && after.result !== before.result) facts['result'] = after.result;
  return {
    id: cause,
    tenant: after.tenant,
    computer: after.computer,
    order: after.id,
    dp: after.dp,
    importRun: null,
    at,
    source,
    kind: kindOf(before, after, event),
    from: before.state,
    to: after.state,
    data: facts,
  };
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
