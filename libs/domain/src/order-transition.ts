import { retryAfter } from './retry-policy.js';
import {
  isFinal,
  isForNow,
  type FinalOrderState,
  type HoldCode,
  type InstallOrder,
  type OrderEvent,
  type OrderOutcome,
  type ReportFacts,
  type UnchangedReason,
} from './install-order.js';
import type { FailureCode, FailureRecord, NativeSign, Phase } from './failure.js';
import { failureRule } from './failure.js';
import { nextOnRoute, passesOnAt, wasFetched } from './order-route.js';

const GIVEN_BACK_PAUSE_MS = 60_000;

const unchanged = (why: UnchangedReason): OrderOutcome => ({ changed: false, why });
const changed = (order: InstallOrder): OrderOutcome => ({ changed: true, order });

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

function reported(
  order: InstallOrder,
  event: Extract<OrderEvent, { type: 'reported' }>,
  now: Date,
): OrderOutcome {
  const { report } = event;
  if (order.fence === 0 || report.fence !== order.fence) return unchanged('stale-fence');
  if (report.round !== order.round || order.claimedRound !== order.round) return unchanged('stale-attempt');
  const last = order.lastReport?.fence === report.fence ? order.lastReport : null;
  const isLast = report.state !== 'accepted' && report.state !== 'progress';
  // A last word is never a duplicate here: the first of its kind ended the order or the round. A DP that got an old journal
  // back may count from a lower number again.
  if (last && !isLast && report.seq <= last.seq) return unchanged('duplicate');
  const heard: InstallOrder = { ...order, lastReport: heardOf(report) };
  switch (report.state) {
    case 'accepted':
    case 'progress':
      return working(heard, event, now);
    case 'succeeded':
      return changed({
        ...ended(accepted(heard), 'succeeded', now),
        result: report.result ?? 'OK',
        failure: null,
      });
    case 'cancelled':
      // A DP cancels only what it was asked to; anything else means that it gave the order back undone.
      if (order.state === 'cancelling') return changed(ended(heard, 'cancelled', now));
      return givenBack(heard, now);
    case 'failed': {
      const failure = report.failure ?? { code: 'UNKNOWN' as const, native: null };
      const phase = report.phase ?? failureRule(failure.code).phase ?? 'install';
      return failedTry(accepted(heard), { ...failure, phase, at: report.at }, event.chance, now);
    }
  }
}

function working(
  heard: InstallOrder,
  event: Extract<OrderEvent, { type: 'reported' }>,
  now: Date,
): OrderOutcome {
  if (heard.state === 'planned') return unchanged('not-now');
  const order = accepted(heard);
  const lease = {
    fence: order.fence,
    until: later(event.leaseUntil, order.lease?.until ?? event.leaseUntil),
    poll: order.lease?.poll ?? '',
  };
  return changed({
    ...order,
    state: order.state === 'cancelling' ? 'cancelling' : 'running',
    lease,
    deadline: order.deadline ?? new Date(now.getTime() + event.installTimeout * 1000),
    publish: order.state === 'queued' ? { ...order.publish, due: null } : order.publish,
  });
}

/** The DP gave the order back undone: another round, after a pause, so that its journal does not answer for this one. */
function givenBack(heard: InstallOrder, now: Date): OrderOutcome {
  if (heard.state === 'planned') return unchanged('not-now');
  const until = new Date(now.getTime() + GIVEN_BACK_PAUSE_MS);
  return changed({
    ...heard,
    state: 'planned',
    round: heard.round + 1,
    attempt: heard.acceptedRound === heard.round ? heard.attempt - 1 : heard.attempt,
    lease: null,
    deadline: null,
    heldBack: { code: 'RETRY', until },
    publish: nextTicket(heard, until),
  });
}

/** Counts the attempt of this round, once. */
function accepted(order: InstallOrder): InstallOrder {
  if (order.acceptedRound === order.round) return order;
  return { ...order, acceptedRound: order.round, attempt: order.attempt + 1 };
}

function failedTry(
  order: InstallOrder,
  failed: { code: FailureCode; phase: Phase; native: NativeSign | null; at: Date },
  chance: number,
  now: Date,
): OrderOutcome {
  const failure = record(order, failed);
  if (failed.phase === 'reach' && order.state !== 'cancelling' && nextOnRoute(order)) {
    return changed({ ...passedOn(order, now), attempt: order.attempt - 1, failure });
  }
  const sameFailure = order.failure?.code === failed.code ? order.sameFailure + 1 : 1;
  const decision = retryAfter({
    code: failed.code,
    attempt: order.attempt,
    attempts: order.attemptsAllowed,
    sameCode: sameFailure,
    now,
    expiresAt: order.expiresAt,
    chance,
  });
  if (decision.kind === 'end' && decision.class === 'done') {
    return changed({ ...ended(order, 'succeeded', now), result: failed.code, failure: null });
  }
  if (decision.kind === 'end' || order.state === 'cancelling' || isForNow(order.kind)) {
    return changed({ ...ended(order, 'failed', now), failure, sameFailure });
  }
  return changed({
    ...order,
    state: 'planned',
    round: order.round + 1,
    attempt: decision.costsAttempt ? order.attempt : order.attempt - 1,
    lease: null,
    deadline: null,
    verify: decision.verify,
    notBefore: decision.at,
    heldBack: { code: holdCode(failed.code), until: decision.at },
    publish: nextTicket(order, decision.at),
    failure,
    sameFailure,
  });
}

/**
 * The next DP on the route gets the order, at once (R11). It is another round: what the DP before still says of it is
 * too late.
 */
function passedOn(order: InstallOrder, now: Date): InstallOrder {
  return {
    ...order,
    dp: nextOnRoute(order) ?? order.dp,
    passOnAt: null,
    state: 'planned',
    round: order.round + 1,
    lease: null,
    deadline: null,
    heldBack: null,
    publish: nextTicket(order, now),
    sameFailure: 0,
  };
}

function holdCode(code: FailureCode): HoldCode {
  const { retry } = failureRule(code);
  if (retry === 'waits') return 'WINDOW_CLOSED';
  return retry === 'reachable' ? 'UNREACHABLE' : 'RETRY';
}

function ended(order: InstallOrder, state: FinalOrderState, now: Date): InstallOrder {
  return {
    ...order,
    state,
    lease: null,
    heldBack: null,
    deadline: null,
    publish: { ...order.publish, due: null },
    endedAt: now,
  };
}

function nextTicket(order: InstallOrder, due: Date | null): InstallOrder['publish'] {
  return { ticket: order.publish.ticket + 1, due, sentAt: null };
}

function record(
  order: InstallOrder,
  failed: { code: FailureCode; phase: Phase; native: NativeSign | null; at: Date },
): FailureRecord {
  return { ...failed, attempt: order.round, dp: order.dp };
}

function heardOf(report: ReportFacts): InstallOrder['lastReport'] {
  const { fence, seq, at, phase, percent } = report;
  return { fence, seq, at, phase, percent };
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
const later = (a: Date, b: Date): Date => (a > b ? a : b);
