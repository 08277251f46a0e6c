import { DomainError } from '../base/errors.js';
import {
  type DistributionPoint,
  type DpClock,
  type DpKeys,
  type DpSighting,
  type JoinToken,
} from './distribution-point.js';

/** A DP with the keys, the state and the signs of life of one of its machines, as if it were the only one. */
export type OneMachine = DistributionPoint & { keys: DpKeys; second: null };

/** A sealing key's id names a machine: it is new whenever the machine is another one, or has other keys. */
export type MachineId = string;

/** The machines that have joined, the first one first. */
export function machinesOf(dp: DistributionPoint): OneMachine[] {
  const { keys, second } = dp;
  if (!keys) return [];
  const first = { ...dp, keys, second: null };
  if (!second) return [first];
  const { state: own, serverKey, ...parts } = second;
  const state = dp.state === 'enabled' ? own : dp.state;
  const { serverKey: _, clock: __, ...shared } = first;
  return [first, { ...shared, ...parts, ...(serverKey !== undefined && { serverKey }), state }];
}

/**
 * One machine of a DP.
 *
 * @param machine absent: the first one
 * @returns null when there is no such machine (any more)
 */
export function machineOf(dp: DistributionPoint, machine?: MachineId): OneMachine | null {
  const all = machinesOf(dp);
  if (machine === undefined) return all[0] ?? null;
  return all.find(({ keys }) => keys.sealingKeyId === machine) ?? null;
}

/**
 * Lets a second machine join.
 *
 * @param joinToken takes the place of the token before
 * @throws DomainError WRONG_STATE when no machine has joined yet, or there are two
 */
export function inviteSecond(dp: DistributionPoint, joinToken: JoinToken): DistributionPoint {
  if (!dp.keys) throw new DomainError('WRONG_STATE', 'dp.noMachineYet');
  if (dp.second) throw new DomainError('WRONG_STATE', 'dp.pairIsFull');
  return { ...dp, joinToken: { ...joinToken, second: true } };
}

/**
 * Takes one machine of a pair away: its keys count no more. The one that stays is the DP's first from then on.
 *
 * @throws DomainError NOT_FOUND, WRONG_STATE when it is the only one
 */
export function removeMachine(dp: DistributionPoint, machine: MachineId): DistributionPoint {
  const all = machinesOf(dp);
  if (!all.some(({ keys }) => keys.sealingKeyId === machine))
    throw new DomainError('NOT_FOUND', 'notFound.machine');
  const stays = all.find(({ keys }) => keys.sealingKeyId !== machine);
  if (!stays) throw new DomainError('WRONG_STATE', 'dp.lastMachine');
  // what was to let a second one in beside the first was spent on one of them
  return { ...stays, joinToken: null };
}

/**
 * A machine's new keys; null when it has them already.
 *
 * @throws DomainError UNAUTHENTICATED when it is none of the DP's, or would get the other one's name
 */
export function withKeys(
  dp: DistributionPoint,
  machine: MachineId | undefined,
  keys: DpKeys,
): DistributionPoint | null {
  const { second } = dp;
  if (machinesOf(dp).some((one) => one.keys.fingerprint === keys.fingerprint)) return null;
  const one = machineOf(dp, machine);
  if (!one) throw new DomainError('UNAUTHENTICATED', 'dp.notJoined');
  const others = machinesOf(dp).filter((other) => other.keys.fingerprint !== one.keys.fingerprint);
  if (others.some((other) => other.keys.sealingKeyId === keys.sealingKeyId))
    throw new DomainError('UNAUTHENTICATED', 'dp.sameMachine');
  const isFirst = one.keys.fingerprint === dp.keys?.fingerprint;
  if (isFirst || !second) return { ...dp, keys };
  return { ...dp, second: { ...second, keys } };
}

/** The last poll of any machine that may have orders. */
export function lastSightingOf(dp: Pick<DistributionPoint, 'lastSeen' | 'second'>): DpSighting | null {
  const own = dp.second?.state === 'enabled' ? dp.second.lastSeen : null;
  if (!own || !dp.lastSeen) return own ?? dp.lastSeen;
  return own.at > dp.lastSeen.at ? own : dp.lastSeen;
}

/** The last sign of life: the last poll, else when it joined. Of a pair that of whichever machine gave one last. */
export function lastSignOf(dp: Pick<DistributionPoint, 'lastSeen' | 'keys' | 'second'>): Date | null {
  return lastSightingOf(dp)?.at ?? dp.keys?.since ?? null;
}

/** By how much its clock is off, as far as it was not let in since; of a pair the first machine's that is. */
export function clockFaultOf(dp: Pick<DistributionPoint, 'clock' | 'lastSeen' | 'second'>): DpClock | null {
  const faults = [dp, ...(dp.second ? [dp.second] : [])].flatMap(({ clock, lastSeen }) =>
    clock && (!lastSeen || lastSeen.at < clock.at) ? [clock] : [],
  );
  return faults[0] ?? null;
}
