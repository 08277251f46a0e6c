import type { FailureCode } from '../failures/failure.js';
import {
  isFinal,
  reservedFrom,
  type InstallOrder,
  type OrderEvent,
  type OrderOutcome,
} from './install-order.js';
import { failedTry, lateWord, reported } from './order-report.js';
import { nextOnRoute, passesOnAt, wasFetched } from './order-route.js';
import { changed, dueNow, ended, nextTicket, failedOver, record, unchanged } from './transition-helpers.js';

/**
 * The order machine: the one place that says what an event does to an order. Pure; never throws for traffic that can
 * happen. Whoever calls it writes the outcome where the order still has the revision that was read.
 */
export function transition(order: InstallOrder, event: OrderEvent, now: Date): OrderOutcome {
  if (isFinal(order.state))
    return event.type === 'reported' ? lateWord(order, event.report) : unchanged('final');
  switch (event.type) {
    case 'ticket-reserved':
      return reserved(order, event.ticket, now);
    case 'published':
      return published(order, event.ticket, now);
    case 'publish-failed':
      return publishFailed(order, event, now);
    case 'claimed':
      return claimed(order, event, now);
    case 'held':
      if (order.state !== 'queued' && order.state !== 'planned') return unchanged('not-now');
      // It has moved on since whoever holds it back has looked: for another DP, or another time, that is no reason
      if (order.dp !== event.dp || order.publish.ticket !== event.ticket) return unchanged('other-ticket');
      // A DP that gets no orders cannot be tried first.
      if (event.hold.code === 'DP_DISABLED' && !wasFetched(order) && nextOnRoute(order)) {
        return changed(failedOver(order, now));
      }
      return changed({
        ...order,
        state: 'planned',
        heldBack: event.hold,
        // whoever holds it back dispatches nothing: also what is over already is the sweep's
        publish: { ...nextTicket(order, event.hold.until, now), reservedUntil: null },
      });
    case 'hold-lifted':
      if (order.state !== 'planned' || order.heldBack === null) return unchanged('not-now');
      return changed({ ...order, heldBack: null, publish: dueNow(order, now) });
    case 'due-now':
      if (order.state !== 'planned') return unchanged('not-now');
      if (order.heldBack === null && isReserved(order, now)) return unchanged('duplicate');
      return changed({
        ...order,
        heldBack: null,
        notBefore: earlier(order.notBefore, now),
        publish: dueNow(order, now),
      });
    case 'not-fetched': {
      const due = passesOnAt(order);
      return due && due <= now ? changed(failedOver(order, now)) : unchanged('not-due');
    }
    case 'lease-renewed':
      if (order.lease === null || order.lease.fence !== event.fence) return unchanged('stale-fence');
      if (order.state === 'leased' || event.until <= order.lease.until) return unchanged('not-now');
      return changed({ ...order, lease: { ...order.lease, until: event.until } });
    case 'lease-lapsed':
      return leaseLapsed(order, now);
    case 'lease-returned':
      if (order.dp !== event.dp || order.lease?.fence !== event.fence) return unchanged('stale-fence');
      return order.state === 'leased' ? changed(queuedAgain(order, now)) : unchanged('not-now');
    case 'ticket-lost':
      if (order.state !== 'queued' || order.publish.due !== null) return unchanged('not-now');
      return changed({ ...order, publish: nextTicket(order, now, now) });
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

function publishFailed(
  order: InstallOrder,
  { ticket, until }: Extract<OrderEvent, { type: 'publish-failed' }>,
  now: Date,
): OrderOutcome {
  if (isDue(order, ticket)) {
    return changed({ ...order, publish: { ...order.publish, reservedUntil: until } });
  }
  // A new order is stored as queued before its ticket is on the queue
  const isNew = order.state === 'queued' && order.fence === 0;
  if (!isNew || order.publish.ticket !== ticket) return unchanged('other-ticket');
  return changed({
    ...order,
    state: 'planned',
    publish: { ticket, due: now, sentAt: null, reservedUntil: until },
  });
}

/** One of the servers takes it on itself to put a ticket on its queue whose time has come. */
function reserved(order: InstallOrder, ticket: number, now: Date): OrderOutcome {
  const { due } = order.publish;
  if (!isDue(order, ticket)) return unchanged('other-ticket');
  if (due === null || due > now) return unchanged('not-due');
  if (isReserved(order, now)) return unchanged('not-now');
  return changed({ ...order, publish: { ...order.publish, reservedUntil: reservedFrom(now, due) } });
}

function isDue({ publish }: InstallOrder, ticket: number): boolean {
  return publish.ticket === ticket && publish.due !== null;
}

function isReserved({ publish: { reservedUntil } }: InstallOrder, now: Date): boolean {
  return (reservedUntil ?? now) > now;
}

function published(order: InstallOrder, ticket: number, now: Date): OrderOutcome {
  if (!isDue(order, ticket)) return unchanged('other-ticket');
  const publish = { ticket, due: null, sentAt: now, reservedUntil: null };
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
  if (order.state !== 'planned' && order.state !== 'queued') return unchanged('not-now');
  const { ticket, due } = order.publish;
  // Only the newest ticket is worth an order: an older one may be in the hands of a DP that it was passed on from
  if (order.dp !== event.dp || ticket !== event.ticket) return unchanged('other-ticket');
  // The ticket may have overtaken the dispatcher's note that it was put on the queue
  if (order.state === 'planned' && (due === null || due > now)) return unchanged('other-ticket');
  const fence = order.fence + 1;
  return changed({
    ...order,
    state: 'leased',
    claimedRound: order.round,
    trial: event.trial ?? null,
    logins: event.logins ?? [],
    fence,
    lease: {
      fence,
      until: event.leaseUntil,
      poll: event.poll,
      ...(event.machine !== undefined && { machine: event.machine }),
    },
    heldBack: null,
    publish: { ticket, due: null, sentAt: order.publish.sentAt ?? now, reservedUntil: null },
  });
}

function leaseLapsed(order: InstallOrder, now: Date): OrderOutcome {
  if (order.lease === null || order.lease.until > now) return unchanged('not-due');
  if (order.state !== 'leased' && order.state !== 'running') return unchanged('not-now');
  if (mayHaveRestarted(order)) {
    const failed = { code: 'OUTCOME_UNKNOWN', phase: 'restart', native: null, at: now } as const;
    return failedTry(order, failed, 0, now);
  }
  return changed(isUnanswered(order) ? askedUnderNextRound(order, now) : queuedAgain(order, now));
}

/** Whether a DP got an order from a backup and said nothing: one whose journal is further takes no earlier round. */
function isUnanswered({ recalled, state }: InstallOrder): boolean {
  return recalled === true && state === 'leased';
}

/** Under the round that the DP's journal has, it answers; under one that it has not, it looks at the computer first. */
function askedUnderNextRound(order: InstallOrder, now: Date): InstallOrder {
  return { ...queuedAgain(order, now), round: order.round + 1 };
}

/**
 * Whether one machine of a pair may have restarted the computer before it fell silent, or a DP after the backup that the
 * order comes from. An installation leaves its traces for whoever is next; a restart leaves none, and would be done twice.
 * That it accepted the order may not have got through either.
 */
function mayHaveRestarted(order: InstallOrder): boolean {
  return order.kind === 'restart' && (order.lease?.machine !== undefined || order.recalled === true);
}

function queuedAgain(order: InstallOrder, now: Date): InstallOrder {
  return {
    ...order,
    state: 'queued',
    lease: null,
    deadline: null,
    // Whoever had it may have begun, said so, and lost word and journal
    verify: true,
    publish: nextTicket(order, now, now),
  };
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
  return changed({ ...order, state: 'cancelling', cancel, publish: nextTicket(order, now, now) });
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
  const held = order.heldBack?.code;
  const code: FailureCode =
    held === 'DP_PLATFORM'
      ? 'PLATFORM_UNSUPPORTED'
      : held === 'DP_DISABLED' || held === 'ACCOUNT_NOT_SEALED'
        ? held
        : 'DELIVERY_EXPIRED';
  // what another DP of its route said before it was passed on is not why this one never fetched it
  const own = order.failure?.dp === order.dp ? order.failure : null;
  const failure = own ?? record(order, { code, phase: 'deliver', native: null, at: now });
  return changed({ ...ended(order, 'expired', now), failure });
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
