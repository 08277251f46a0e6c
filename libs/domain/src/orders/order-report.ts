import { failureRule, type FailureCode, type NativeSign, type Phase, PHASES } from '../failures/failure.js';
import {
  isImmediate,
  type HeardReport,
  type HoldCode,
  type InstallOrder,
  type OrderEvent,
  type OrderOutcome,
  type ReportFacts,
} from './install-order.js';
import { nextOnRoute } from './order-route.js';
import { changed, ended, nextTicket, failedOver, record, unchanged } from './transition-helpers.js';
import { retryAfter } from '../failures/retry-policy.js';

const GIVEN_BACK_PAUSE_MS = 60_000;

/** What a report does to an order that has not ended. */
export function reported(
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
  const { recalled: _, ...known } = order;
  const heard: InstallOrder = { ...known, lastReport: heardOf(report, isLast) };
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

/**
 * What a report does to an order that has ended. A registration may have ended it before its DP had the last word, and what
 * only the DP knows is that a restart is due; nothing else counts any more.
 */
export function lateWord(order: InstallOrder, report: ReportFacts): OrderOutcome {
  // a last word on an earlier try is none on this one
  const last = order.lastReport?.fence === report.fence ? order.lastReport : null;
  const isOfThisTry =
    order.fence > 0 && report.fence === order.fence && report.round === order.round && !last?.isLast;
  return isOfThisTry && order.state === 'succeeded' && report.state === 'succeeded' && isRestartDue(report)
    ? changed({ ...order, result: report.result, lastReport: heardOf(report, true) })
    : unchanged('final');
}

/** Whether what an installation came to needs a restart of the computer. */
export function isRestartDue({ result }: { result: string | null }): boolean {
  return result === 'RESTART_REQUIRED' || result === 'RESTART_STARTED';
}

/**
 * Whether a report that changes nothing has only been overtaken by a later one of its DP: it is news all the same, of what
 * happened before.
 */
export function isOvertaken({ lastReport }: InstallOrder, { fence, seq, state }: ReportFacts): boolean {
  const isOnTheWay = state === 'accepted' || state === 'progress';
  return isOnTheWay && lastReport?.fence === fence && seq < lastReport.seq;
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
    ...(order.lease?.machine !== undefined && { machine: order.lease.machine }),
  };
  return changed({
    ...order,
    state: order.state === 'cancelling' ? 'cancelling' : 'running',
    lease,
    deadline: order.deadline ?? new Date(now.getTime() + event.installTimeout * 1000),
    publish: order.state === 'queued' ? { ...order.publish, due: null, reservedUntil: null } : order.publish,
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
    publish: nextTicket(heard, until, now),
  });
}

/** Counts the attempt of this round, once. */
function accepted(order: InstallOrder): InstallOrder {
  if (order.acceptedRound === order.round) return order;
  return { ...order, acceptedRound: order.round, attempt: order.attempt + 1 };
}

/** A try of the work came to nothing: the failure list says whether and when there is another. */
export function failedTry(
  order: InstallOrder,
  failed: { code: FailureCode; phase: Phase; native: NativeSign | null; at: Date },
  chance: number,
  now: Date,
): OrderOutcome {
  const failure = record(order, failed);
  if (failed.phase === 'reach' && order.state !== 'cancelling' && nextOnRoute(order)) {
    return changed({ ...failedOver(order, now), attempt: order.attempt - 1, failure });
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
  if (decision.kind === 'end' || order.state === 'cancelling' || isImmediate(order.kind)) {
    return changed({ ...ended(order, 'failed', now), failure, sameFailure });
  }
  return changed({
    ...order,
    state: 'planned',
    round: order.round + 1,
    attempt: decision.costsAttempt ? order.attempt : order.attempt - 1,
    lease: null,
    deadline: null,
    verify: decision.verify || (order.verify && !hasLooked(failed.phase)),
    notBefore: decision.at,
    heldBack: { code: holdCode(failed.code), until: decision.at },
    publish: nextTicket(order, decision.at, now),
    failure,
    sameFailure,
  });
}

/** Whether the try got as far as seeing what an earlier one has left on the computer: the look itself may fail as a check. */
function hasLooked(phase: Phase): boolean {
  return phase === 'stage' || PHASES.indexOf(phase) > PHASES.indexOf('check');
}

function holdCode(code: FailureCode): HoldCode {
  const { retry } = failureRule(code);
  if (retry === 'waits') return 'WINDOW_CLOSED';
  return retry === 'reachable' ? 'UNREACHABLE' : 'RETRY';
}

function heardOf(report: ReportFacts, isLast: boolean): HeardReport {
  const { fence, seq, at, phase, percent } = report;
  return { fence, seq, at, phase, percent, isLast };
}

const later = (a: Date, b: Date): Date => (a > b ? a : b);
