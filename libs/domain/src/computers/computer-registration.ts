import { CLIENT_UNINSTALLED, withoutRegistrationAlerts } from './computer-alert.js';
import {
  changedComputer,
  sameComputer,
  type Computer,
  type ComputerOutcome,
  type LocationData,
} from './computer.js';
import { isRegistered } from './computer-state.js';
import { DomainError } from '../base/errors.js';
import type { DpId, OrderId } from '../base/ids.js';
import { installs } from '../orders/install-order.js';

export interface RegistrationFacts {
  order: OrderId;
  version: string;
  bootId: string;
  restartRequired: boolean;
  location: LocationData | null;
  registration: number;
  /** The DP that location rules give it from now on (R10). */
  dp: DpId | null;
}

/**
 * Registration (R9, R10): proves the installation, whatever the DP has said so far, and lifts the fixed DP in the same
 * write. Also taken in `install-failed` when it belongs to the last order (late, but true).
 *
 * @returns no change when this registration is already recorded
 * @throws DomainError REGISTER_TOKEN_SPENT when the token's order is not the computer's current or last one, or
 * another registration has used it
 */
export function register(computer: Computer, facts: RegistrationFacts, now: Date): ComputerOutcome {
  if (computer.openOrder?.id !== facts.order && computer.lastOrder !== facts.order) {
    throw new DomainError('REGISTER_TOKEN_SPENT', 'registration.earlierOrder');
  }
  const again = isRegistered(computer.state);
  const isRetired = computer.state === 'retired';
  if (again && (isRetired || computer.client?.order === facts.order)) {
    const isRepeat =
      computer.client?.order === facts.order && computer.client.bootIdAtRegistration === facts.bootId;
    if (isRepeat) return sameComputer;
    throw new DomainError('REGISTER_TOKEN_SPENT', 'registration.tokenUsed');
  }
  return changedComputer({ ...withClient(computer, facts, now), lastOrder: facts.order });
}

/** Stands for the order of a client that was installed by one that the database no longer knows. */
const UNKNOWN_ORDER = 'unknown' as OrderId;

/**
 * A client shows by its secret that it has registered since the backup that this database was restored from (ADR 32): that
 * proves the installation as the registration itself did, and ends an open order of the backup that was to bring it. One that
 * was asked for after the restore brings something else, and goes on.
 *
 * @returns null for a computer that was retired: a person has to decide
 */
export function registeredSinceBackup(
  computer: Computer,
  facts: Omit<RegistrationFacts, 'order'>,
  restoredAt: Date,
  now: Date,
): Computer | null {
  if (computer.state === 'retired') return null;
  const { openOrder, lastOrder } = computer;
  const isNewer = openOrder !== null && openOrder.at > restoredAt;
  const ends = openOrder && !isNewer && installs(openOrder.kind);
  const order = (ends ? openOrder.id : lastOrder) ?? UNKNOWN_ORDER;
  const known = withClient(computer, { ...facts, order }, now);
  const stored = isNewer ? { ...known, openOrder } : known;
  return order === UNKNOWN_ORDER ? stored : { ...stored, lastOrder: order };
}

/** The computer with a client that has registered just now. */
function withClient(computer: Computer, facts: RegistrationFacts, now: Date): Computer {
  const again = isRegistered(computer.state);
  const restartDue = facts.restartRequired || computer.restartDue;
  return {
    ...computer,
    state: restartDue ? 'pending-restart' : 'ready',
    openOrder: computer.openOrder && !installs(computer.openOrder.kind) ? computer.openOrder : null,
    // A client that was installed again keeps its DP; its contacts decide as before.
    dp: again ? computer.dp : { fixed: null, assigned: facts.dp, since: facts.dp && now, liftedAt: now },
    restartDue,
    registerBy: null,
    alerts: withoutRegistrationAlerts(computer).filter(
      ({ code }) => code !== CLIENT_UNINSTALLED && code !== 'RESTART_OVERDUE',
    ),
    client: {
      version: facts.version,
      installedAt: computer.status.source === 'dp' ? computer.status.at : null,
      registeredAt: now,
      registration: facts.registration,
      order: facts.order,
      bootId: facts.bootId,
      bootIdAtRegistration: facts.bootId,
      lastContact: now,
      location: facts.location,
    },
    status: { at: now, source: 'client' },
  };
}

export interface ContactFacts {
  version: string;
  bootId: string;
  restartRequired: boolean;
  location: LocationData | null;
}

/**
 * A contact of a registered client. The restart has happened when the boot id is another one than at registration.
 *
 * @throws DomainError WRONG_STATE when the computer is not registered, or retired
 */
export function contact(computer: Computer, facts: ContactFacts, now: Date): Computer {
  if (!computer.client || !isRegistered(computer.state) || computer.state === 'retired') {
    throw new DomainError('WRONG_STATE', 'computer.notRegistered', { name: computer.hostName });
  }
  const restarted = facts.bootId !== computer.client.bootIdAtRegistration;
  const becomesReady = computer.state === 'pending-restart' && (restarted || !facts.restartRequired);
  return {
    ...computer,
    state: becomesReady ? 'ready' : computer.state,
    restartDue: becomesReady ? false : computer.restartDue,
    alerts: becomesReady ? computer.alerts.filter((a) => a.code !== 'RESTART_OVERDUE') : computer.alerts,
    client: {
      ...computer.client,
      version: facts.version,
      bootId: facts.bootId,
      lastContact: now,
      location: facts.location,
    },
    status: becomesReady ? { at: now, source: 'client' } : computer.status,
  };
}
