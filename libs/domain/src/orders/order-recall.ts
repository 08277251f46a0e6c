import { isFinal, isImmediate, type InstallOrder } from './install-order.js';
import { nextTicket } from './transition-helpers.js';

/** The database was put back to what it was; the rest of the world was not. */
export interface Restoration {
  /** When the backup was begun: what happened since may be unknown. */
  backedUpAt: Date;
  restoredAt: Date;
}

/**
 * An open order as it has to be after a restore (docs/adr/0032). Since the backup it may have been handed out, worked on and
 * ended, under fences and rounds that nobody here knows of. Its DP's journal knows, so the DP is asked before anything is
 * begun:
 *
 * - under a fence that no earlier hand-over has had: nobody who holds an older one says anything that counts;
 * - under the round it had, under which the journal answers when it was the last one. A DP that is further takes no earlier
 *   round, and is asked under the next one each time that it stays silent (`recalled`);
 * - with `verify`, so that the computer is looked at where no journal knows better.
 *
 * A restart leaves no traces to look at, and who else could be handed it has another journal: with two machines or several
 * DPs it stays with its holder, who says how it ended, or nobody does (`OUTCOME_UNKNOWN`).
 *
 * An order that is being cancelled keeps its holder: whoever has it is to stop, and is known by the fence it was given.
 *
 * Time between backup and restore counts for no deadline, but for kinds that are worth nothing later.
 *
 * @returns the order itself when it has ended: nothing more can happen to it
 */
export function recall(order: InstallOrder, restoration: Restoration): InstallOrder {
  if (isFinal(order.state)) return order;
  const { restoredAt: now } = restoration;
  const later = laterBy(restoration);
  const common: InstallOrder = {
    ...order,
    fence: freshFence(order.fence, now),
    recalled: true,
    verify: true,
    deadline: null,
    passOnAt: order.passOnAt && later(order.passOnAt),
    expiresAt: isImmediate(order.kind) ? order.expiresAt : later(order.expiresAt),
    revision: order.revision + 1,
  };
  if (mayBeDoneTwice(order))
    return {
      ...order,
      recalled: true,
      lease: order.lease && { ...order.lease, until: later(order.lease.until) },
      deadline: order.deadline && later(order.deadline),
      revision: order.revision + 1,
    };
  // nobody has taken on to put it on its queue
  const publish = { ...nextTicket(order, now, now), reservedUntil: null };
  switch (order.state) {
    case 'planned':
      return { ...common, publish: { ...order.publish, reservedUntil: null } };
    case 'cancelling':
      return {
        ...order,
        cancel: order.cancel && { ...order.cancel, deadline: later(order.cancel.deadline) },
        publish,
        revision: order.revision + 1,
      };
    default:
      return { ...common, state: 'queued', lease: null, publish };
  }
}

/** Whether another machine or DP than its holder could get it, which would restart the computer once more. */
function mayBeDoneTwice({ kind, state, lease, route }: InstallOrder): boolean {
  const isInHand = state === 'leased' || state === 'running';
  return kind === 'restart' && isInHand && (lease?.machine !== undefined || route.length > 1);
}

/**
 * A fence above all that were granted, also since the backup. Each claim adds one, and no order is claimed more than once a
 * second: seconds since 1970 are ahead of any of them, and of those of a restore before this one.
 */
function freshFence(known: number, now: Date): number {
  return Math.max(known + 1, Math.floor(now.getTime() / 1000));
}

/** Puts off a time by what nobody has lived through. */
export function laterBy({ backedUpAt, restoredAt }: Restoration): (time: Date) => Date {
  const gap = Math.max(0, restoredAt.getTime() - backedUpAt.getTime());
  return (time) => new Date(time.getTime() + gap);
}
