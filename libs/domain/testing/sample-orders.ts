import type { FailureCode } from '../src/failures/failure.js';
import type { ComputerId, DpId, OrderId, ReleaseVersion, TenantId } from '../src/base/ids.js';
import {
  planOrder,
  type Hold,
  type InstallOrder,
  type OrderEvent,
  type ReportFacts,
} from '../src/orders/install-order.js';
import { transition } from '../src/orders/order-transition.js';

/** Orders for specs, each brought into its state by the events that lead there, so that none is impossible. */

export const NOW = new Date('2026-03-02T08:00:00Z');
const SECOND = 1000;
const LEASE = 60;
const INSTALL_TIMEOUT = 3600;

export function at(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * SECOND);
}

export function newOrder(changes: Partial<Parameters<typeof planOrder>[0]> = {}): InstallOrder {
  return planOrder({
    id: 'order-1' as OrderId,
    tenant: 'default' as TenantId,
    computer: 'computer-1' as ComputerId,
    dp: 'site-a' as DpId,
    kind: 'install-client',
    release: '1.0.0' as ReleaseVersion,
    requestedBy: 'admin',
    note: null,
    retryOf: null,
    notBefore: NOW,
    attemptsAllowed: 5,
    expiry: 7 * 24 * 3600,
    now: NOW,
    ...changes,
  });
}

/** Applies an event that must change the order. */
export function apply(order: InstallOrder, event: OrderEvent, now: Date = NOW): InstallOrder {
  const outcome = transition(order, event, now);
  if (!outcome.changed) throw new Error(`${order.state} + ${event.type}: no change, ${outcome.why}`);
  return outcome.order;
}

export function published(order: InstallOrder): InstallOrder {
  return apply(order, { type: 'published', ticket: order.publish.ticket }, order.publish.due ?? NOW);
}

/** Whoever looked at an order as it is now holds it back. */
export function holding({ dp, publish: { ticket } }: InstallOrder, hold: Hold): OrderEvent {
  return { type: 'held', dp, ticket, hold };
}

export function claimed(order: InstallOrder, now: Date = NOW, poll = 'poll-1'): InstallOrder {
  const leaseUntil = new Date(now.getTime() + LEASE * SECOND);
  const { dp, publish } = order;
  return apply(order, { type: 'claimed', dp, poll, leaseUntil, ticket: publish.ticket }, now);
}

type Reported = Extract<OrderEvent, { type: 'reported' }>;

/** A report of the order's present holder, one step after the last one. */
export function report(
  order: InstallOrder,
  state: ReportFacts['state'],
  changes: Partial<Omit<ReportFacts, 'failure'>> & { code?: FailureCode; now?: Date } = {},
): Reported {
  const { code, now = NOW, ...facts } = changes;
  const last = order.lastReport?.fence === order.fence ? order.lastReport.seq : 0;
  return {
    type: 'reported',
    leaseUntil: new Date(now.getTime() + 10 * LEASE * SECOND),
    installTimeout: INSTALL_TIMEOUT,
    chance: 0.5,
    report: {
      fence: order.fence,
      round: order.round,
      seq: last + 1,
      at: now,
      state,
      phase: null,
      percent: null,
      result: null,
      failure: code === undefined ? null : { code, native: null },
      ...facts,
    },
  };
}

export const queuedOrder = (changes: Parameters<typeof newOrder>[0] = {}): InstallOrder =>
  published(newOrder(changes));
export const leasedOrder = (): InstallOrder => claimed(queuedOrder());
export const runningOrder = (): InstallOrder => {
  const leased = leasedOrder();
  return apply(leased, report(leased, 'accepted'));
};

export function cancelAsked(order: InstallOrder): InstallOrder {
  return apply(order, { type: 'cancel-asked', by: 'admin', deadline: at(120) });
}

export function failedWith(order: InstallOrder, code: FailureCode, now: Date = NOW): InstallOrder {
  return apply(order, report(order, 'failed', { code, now }), now);
}

/** Lets the lease of an order run out. */
export function lapsed(order: InstallOrder): InstallOrder {
  return apply(order, { type: 'lease-lapsed' }, order.lease?.until ?? NOW);
}
