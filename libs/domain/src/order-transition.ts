import type { FailureCode } from './failure.js';
import { isFinal, type InstallOrder, type OrderEvent, type OrderOutcome } from './install-order.js';
import { failedTry, reported } from './order-report.js';
import { nextOnRoute, passesOnAt, wasFetched } from './order-route.js';
import { changed, ended, nextTicket, passedOn, record, unchanged } from './order-step.js';

/**
 * The order machine: the one place that says what an event does to an order. Pure; never throws for traffic that can
 * happen. Whoever calls it writes the outcome where the order still has the revision that was read.
 */
export function transition(order: InstallOrder, event: OrderEvent, now: Date): OrderOutcome {
  if (isFinal(order.state)) return unchanged('final');
  switch (event.type) {
    case 'published':
      return published(order, event.ticket, now);
    case 'claimed':
      return claimed(order, event, now);
    case 'held':
      if (order.state !== 'queued' && order.state !== 'planned') return unchanged('not-now');
      // A DP that gets no orders cannot be tried first.
      if (event.hold.code === 'DP_DISABLED' && !wasFetched(order) && nextOnRoute(order)) {
        return changed(passedOn(order, now));
      }
      return changed({
        ...order,
        state: 'planned',
        heldBack: event.hold,
        publish: nextTicket(order, event.hold.until),
      });
    case 'hold-lifted':
      if (order.state !== 'planned' || order.heldBack === null) return unchanged('not-now');
      return changed({ ...order, heldBack: null, publish: { ...order.publish, due: now } });
    case 'due-now':
      if (order.state !== 'planned') return unchanged('not-now');
      return changed({
        ...order,
        heldBack: null,
        notBefore: earlier(order.notBefore, now),
        publish: { ...order.publish, due: now },
      });
    case 'not-fetched': {
      const due = passesOnAt(order);
      return due && due <= now ? changed(passedOn(order, now)) : unchanged('not-due');
    }
    case 'lease-renewed':
      if (order.lease === null || order.lease.fence !== event.fence) return unchanged('stale-fence');
      if (order.state === 'leased' || event.until <= order.lease.until) return unchanged('not-now');
      return changed({ ...order, lease: { ...order.lease, until: event.until } });
    case 'lease-lapsed':
      return leaseLapsed(order, now);
    case 'ticket-lost':
      if (order.state !== 'queued' || order.publish.due !== null) return unchanged('not-now');
      return changed({ ...order, publish: nextTicket(order, now) });
    case 'reported':
      return reported(order, event, now);
    case 'cancel-asked':
      return cancelAsked(order, event, now);
    case 'cancel-overdue':
      return cancelOverdue(order, now);
    case 'install-overdue':
      if (order.state !== 'running' || order.deadline === null || order.deadline > now)
        return unchanged('not-due');
      return failedTry(
        order,
        { code: 'INSTALL_TIMEOUT', phase: 'install', native: null, at: now },
        event.chance,
        now,
      );
    case 'expired':
      return expired(order, now);
    case 'registered':
      return changed({ ...ended(order, 'succeeded', now), result: order.result ?? 'OK', failure: null });
  }
}

function published(order: InstallOrder, ticket: number, now: Date): OrderOutcome {
  if (order.publish.ticket !== ticket || order.publish.due === null) return unchanged('other-ticket');
  const publish = { ticket, due: null, sentAt: now };
  switch (order.state) {
    case 'planned':
      return changed({ ...order, state: 'queued', heldBack: null, publish });
    case 'queued':
    case 'cancelling':
      return changed({ ...order, publish });
    default:
      return unchanged('not-now');
  }
}

function claimed(
  order: InstallOrder,
  event: Extract<OrderEvent, { type: 'claimed' }>,
  now: Date,
): OrderOutcome {
  if (order.state === 'planned') {
    // The ticket overtook the dispatcher's note that it was put on the queue; any other ticket is an old one.
    const { ticket, due } = order.publish;
    if (ticket !== event.ticket || due === null || due > now) return unchanged('other-ticket');
  } else if (order.state !== 'queued') {
    return unchanged('not-now');
  }
  const fence = order.fence + 1;
  return changed({
    ...order,
    state: 'leased',
    claimedRound: order.round,
    trial: event.trial ?? null,
    fence,
    lease: { fence, until: event.leaseUntil, poll: event.poll },
    heldBack: null,
    publish: { ...order.publish, due: null, sentAt: order.publish.sentAt ?? now },
  });
}

function leaseLapsed(order: InstallOrder, now: Date): OrderOutcome {
  if (order.lease === null || order.lease.until > now) return unchanged('not-due');
  if (order.state !== 'leased' && order.state !== 'running') return unchanged('not-now');
  return changed({
    ...order,
    state: 'queued',
    lease: null,
    deadline: null,
    // Whoever had it may have begun, said so, and lost word and journal
    verify: true,
    publish: nextTicket(order, now),
  });
}

function cancelAsked(
  order: InstallOrder,
  event: Extract<OrderEvent, { type: 'cancel-asked' }>,
  now: Date,
): OrderOutcome {
  if (order.state === 'cancelling') return unchanged('duplicate');
  const cancel = { by: event.by, at: now, deadline: event.deadline };
  if (order.state === 'planned' || order.state === 'queued') {
    return changed({ ...ended(order, 'cancelled', now), cancel });
  }
  // A ticket of kind `cancel` wakes a DP that waits in a long poll.
  return changed({ ...order, state: 'cancelling', cancel, publish: nextTicket(order, now) });
}

function cancelOverdue(order: InstallOrder, now: Date): OrderOutcome {
  if (order.state !== 'cancelling' || order.cancel === null || order.cancel.deadline > now)
    return unchanged('not-due');
  if (order.acceptedRound < order.round) return changed(ended(order, 'cancelled', now));
  const failure = record(order, { code: 'OUTCOME_UNKNOWN', phase: 'install', native: null, at: now });
  return changed({ ...ended(order, 'outcome-unknown', now), failure });
}

function expired(order: InstallOrder, now: Date): OrderOutcome {
  if (order.expiresAt > now) return unchanged('not-due');
  if (order.state !== 'planned' && order.state !== 'queued') return unchanged('not-now');
  const code: FailureCode = order.heldBack?.code === 'DP_DISABLED' ? 'DP_DISABLED' : 'DELIVERY_EXPIRED';
  const failure = order.failure ?? record(order, { code, phase: 'deliver', native: null, at: now });
  return changed({ ...ended(order, 'expired', now), failure });
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
