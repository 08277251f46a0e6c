import type { Computer } from '../computers/computer.js';
import { isRegistered } from '../computers/computer-state.js';
import { failureRule, type FailureCode, type NativeSign, type Phase } from '../failures/failure.js';
import type { ComputerId, DpId, OrderId, RolloutId, TenantId } from '../base/ids.js';
import { hasBegun, isFinal, type InstallOrder } from '../orders/install-order.js';

export const MEMBER_STATES = [
  'waiting',
  'started',
  'away',
  'silent',
  'failing',
  'installed',
  'registered',
  'ready',
  'failed',
  'skipped',
] as const;

/**
 * - `waiting`: its turn has not come.
 * - `started`: its order exists.
 * - `away`: it is off, or cannot be reached; its wave does not wait for it.
 * - `silent`: a DP took its order, and says nothing.
 * - `failing`: an attempt has failed and another one comes.
 * - `installed`: the DP says so; the client has not registered.
 * - `skipped`: it is not this rollout's any more; `why` says the reason.
 */
export type MemberState = (typeof MEMBER_STATES)[number];

/** Its order can still bring something. */
export const STARTED_MEMBER_STATES = ['started', 'away', 'silent', 'failing', 'installed'] as const;

/** Why a member was left out. */
export const SKIP_REASONS = ['REFUSED', 'BY_PERSON', 'CANCELLED', 'DELETED', 'OTHERWISE', 'ABORTED'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** How a member stands, as its order and its computer say. */
export interface MemberStanding {
  state: Exclude<MemberState, 'waiting'>;
  code: FailureCode | null;
  phase: Phase | null;
  native: NativeSign | null;
  skipped: SkipReason | null;
  /** When its result came; null: there is none. */
  resultAt: Date | null;
}

/** One computer of a rollout. */
export interface RolloutMember extends Omit<MemberStanding, 'state'> {
  /** Follows from rollout and computer. */
  id: string;
  tenant: TenantId;
  rollout: RolloutId;
  computer: ComputerId;
  /** As it was called when it came in. */
  name: string;
  dp: DpId;
  wave: number;
  /** Its place within the rollout. */
  position: number;
  state: MemberState;
  order: OrderId | null;
  startedAt: Date | null;
  /** Revisions of order and computer, added: an older look changes nothing. */
  seen: number;
}

export function memberId(rollout: RolloutId, computer: ComputerId): string {
  return `${rollout}:${computer}`;
}

/** Failures that only say that nobody was there: of a computer that is off, or a DP that did not ask. */
export function isAbsence(code: FailureCode): boolean {
  const { phase, retry } = failureRule(code);
  return (
    (phase === 'reach' && retry === 'reachable') || code === 'DELIVERY_EXPIRED' || code === 'DP_DISABLED'
  );
}

const NOTHING = { code: null, phase: null, native: null, skipped: null, resultAt: null } as const;

/**
 * How a started member stands.
 *
 * @param silentAfter seconds without a word of the DP that has its order; infinite: it was heard just now
 */
export function memberStanding(
  order: InstallOrder | null,
  computer: Computer | null,
  silentAfter: number,
  now: Date,
): MemberStanding {
  if (!computer) return skipped('DELETED', now);
  if (!order) return { ...NOTHING, state: 'started' };
  if (computer.client?.order === order.id && isRegistered(computer.state)) {
    const { registeredAt } = computer.client;
    const state = computer.state === 'pending-restart' ? 'registered' : 'ready';
    return { ...NOTHING, state, resultAt: registeredAt };
  }
  if (isOtherwise(order, computer)) return skipped('OTHERWISE', now);
  if (!isFinal(order.state)) return openStanding(order, silentAfter, now);
  const endedAt = order.endedAt ?? now;
  switch (order.state) {
    case 'succeeded':
      return installedStanding(order, computer);
    case 'cancelled':
      return hasBegun(order)
        ? failed(order, 'failed', endedAt, 'ORDER_CANCELLED')
        : skipped('CANCELLED', endedAt);
    default:
      return failed(order, 'failed', endedAt, 'UNKNOWN');
  }
}

/** Whether the computer's client has come by another way. One that is installed again is registered all the while. */
function isOtherwise({ kind, endedAt }: InstallOrder, { state, client }: Computer): boolean {
  if (!isRegistered(state)) return false;
  if (kind !== 'reinstall' || state === 'retired') return true;
  return client !== null && endedAt !== null && client.registeredAt > endedAt;
}

/** The DP says that it is done; the client has not said so yet, or not in time. */
function installedStanding(
  { kind, endedAt }: InstallOrder,
  { state, status, alerts }: Computer,
): MemberStanding {
  const late = { ...NOTHING, state: 'failed', code: 'REGISTER_TIMEOUT', phase: 'register' } as const;
  if (kind === 'reinstall') {
    // an older one is that of an earlier installation
    const alert = alerts.find(({ code, at }) => code === 'REGISTER_TIMEOUT' && endedAt && at >= endedAt);
    return alert ? { ...late, resultAt: alert.at } : { ...NOTHING, state: 'installed' };
  }
  return state === 'install-failed' ? { ...late, resultAt: status.at } : { ...NOTHING, state: 'installed' };
}

function openStanding(order: InstallOrder, silentAfter: number, now: Date): MemberStanding {
  const { lease, lastReport } = order;
  // what another DP of its route has said is over: the order was passed on, and none of its attempts spent
  const failure = order.failure?.dp === order.dp ? order.failure : null;
  if (failure) {
    return isAbsence(failure.code)
      ? { ...NOTHING, state: 'away', code: failure.code, phase: failure.phase }
      : failed(order, 'failing', failure.at, failure.code);
  }
  // a hand-over that its DP has not confirmed lapses by itself; how long its ticket lay on the queue says nothing
  const since = order.state === 'running' && lease ? lastReport?.at : undefined;
  if (since && since.getTime() + silentAfter * 1000 <= now.getTime())
    return { ...NOTHING, state: 'silent', resultAt: now };
  return { ...NOTHING, state: 'started' };
}

function failed(
  { failure }: InstallOrder,
  state: 'failed' | 'failing',
  resultAt: Date,
  otherwise: FailureCode,
): MemberStanding {
  const code = failure?.code ?? otherwise;
  const phase = failure?.phase ?? failureRule(code).phase;
  return { state, code, phase, native: failure?.native ?? null, skipped: null, resultAt };
}

function skipped(reason: SkipReason, at: Date): MemberStanding {
  return { ...NOTHING, state: 'skipped', skipped: reason, resultAt: at };
}

/** Whether it is worth to be written. */
export function isSameStanding(member: RolloutMember, standing: MemberStanding): boolean {
  return (
    member.state === standing.state &&
    member.code === standing.code &&
    member.skipped === standing.skipped &&
    (standing.state !== 'failing' || member.resultAt?.getTime() === standing.resultAt?.getTime())
  );
}
