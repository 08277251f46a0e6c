import { PLATFORMS, type Platform } from '../base/platform.js';
import { canInstallOn, type DistributionPoint } from '../distribution-points/distribution-point.js';
import { machineOf, machinesOf, type MachineId, type OneMachine } from '../distribution-points/machines.js';
import { accountsFor, hasLocalAccounts, opensAt, type Account } from './account.js';

/**
 * Whether the other machine of a pair can do all that this one can, and more. It gets no orders as long as that is so: those it
 * cannot carry out would wait, while the other one could. One that is silent carries out nothing.
 *
 * @param isSilent whether the other one gets nothing done: it does not ask, or is given nothing
 */
export function isOutdone(
  dp: DistributionPoint,
  machine: MachineId | undefined,
  accounts: readonly Account[],
  isSilent: (machine: OneMachine) => boolean,
): boolean {
  const one = machineOf(dp, machine);
  const other = machinesOf(dp).find(
    ({ keys, state }) => state === 'enabled' && keys.fingerprint !== one?.keys.fingerprint,
  );
  if (!one || !other || isSilent(other)) return false;
  // what an agent of before can install on, or one that has not polled yet, nobody knows
  const platforms = one.agent?.platforms && other.agent?.platforms ? PLATFORMS : [];
  const mine = abilitiesOf(one, accounts, platforms);
  const its = abilitiesOf(other, accounts, platforms);
  return its.size > mine.size && [...mine].every((ability) => its.has(ability));
}

function abilitiesOf(
  machine: OneMachine,
  accounts: readonly Account[],
  platforms: readonly Platform[],
): ReadonlySet<string> {
  const opened = accountsFor(accounts, machine).filter((account) => opensAt(account, machine));
  return new Set([
    ...opened.map(({ id }) => `account ${id}`),
    ...(hasLocalAccounts(machine) ? ['local accounts'] : []),
    ...platforms.filter((platform) => canInstallOn(machine, platform)),
  ]);
}
