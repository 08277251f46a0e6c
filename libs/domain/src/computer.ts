import { DomainError } from './errors.js';
import type { FailureCode } from './failure.js';
import { hasBegun, installs, isFinal, type InstallOrder, type OrderKind } from './install-order.js';
import type { ComputerId, DirectoryId, DpId, ImportRunId, OrderId, ReleaseVersion, TenantId } from './ids.js';
import type { Moves } from './machine.js';
import type { EventSource } from './timeline.js';

export const COMPUTER_STATES = [
  'imported',
  'releasing',
  'install-failed',
  'awaiting-registration',
  'pending-restart',
  'ready',
  'retired',
] as const;
export type ComputerState = (typeof COMPUTER_STATES)[number];

/**
 * Where a computer may go from each state. `imported` and `install-failed` go on to `pending-restart` or `ready` when
 * the client of their last order registers late: it proves the installation. `ready` goes back to `pending-restart` when
 * the client was installed again and that needs a restart. A computer can be deleted while it is not
 * registered, and when it is retired.
 */
export const COMPUTER_MOVES = {
  imported: ['releasing', 'pending-restart', 'ready'],
  releasing: ['imported', 'install-failed', 'awaiting-registration', 'pending-restart', 'ready'],
  'install-failed': ['releasing', 'pending-restart', 'ready'],
  'awaiting-registration': ['pending-restart', 'ready', 'install-failed'],
  'pending-restart': ['ready'],
  ready: ['pending-restart', 'retired'],
  retired: [],
} as const satisfies Moves<ComputerState>;

/** What the states are called on screen. */
export const COMPUTER_STATE_TITLES = {
  imported: { en: 'not yet registered', de: 'noch nicht registriert' },
  releasing: { en: 'installation released', de: 'Installation freigegeben' },
  'install-failed': { en: 'installation failed', de: 'Installation fehlgeschlagen' },
  'awaiting-registration': {
    en: 'installed, awaiting registration',
    de: 'installiert, wartet auf Registrierung',
  },
  'pending-restart': { en: 'waiting for restart', de: 'wartet auf Neustart' },
  ready: { en: 'ready', de: 'betriebsbereit' },
  retired: { en: 'retired', de: 'stillgelegt' },
} as const satisfies Record<ComputerState, { en: string; de: string }>;

/** Registered from `pending-restart` on; the folder "not yet registered" is everything before (R3). */
export const REGISTERED_STATES = ['pending-restart', 'ready', 'retired'] as const;
export const UNREGISTERED_STATES = [
  'imported',
  'releasing',
  'install-failed',
  'awaiting-registration',
] as const;

export function isRegistered(state: ComputerState): boolean {
  return (REGISTERED_STATES as readonly ComputerState[]).includes(state);
}

export const COMPUTER_FOLDERS = ['unregistered', 'registered', 'failed', 'all'] as const;
export type ComputerFolder = (typeof COMPUTER_FOLDERS)[number];

export function statesInFolder(folder: ComputerFolder): readonly ComputerState[] {
  switch (folder) {
    case 'unregistered':
      return UNREGISTERED_STATES;
    case 'registered':
      return REGISTERED_STATES;
    case 'failed':
      return ['install-failed'];
    case 'all':
      return COMPUTER_STATES;
  }
}

/** The whole intent of an order, kept on the computer so that the order can be made from it again after a crash. */
export interface OpenOrder {
  id: OrderId;
  kind: OrderKind;
  dp: DpId;
  /** DPs that try it in turn; absent: only `dp`. */
  route?: readonly DpId[];
  release: ReleaseVersion | null;
  notBefore: Date;
  by: string;
  note: string | null;
  retryOf: OrderId | null;
  at: Date;
}

export interface Inventory {
  os: string | null;
  version: string | null;
  description: string | null;
  location: string | null;
  ou: string | null;
  enabled: boolean | null;
  lastLogon: Date | null;
}

/** What a client says of its network (admin-api.md, client API). */
export interface LocationData {
  addresses: readonly string[];
  gateway: { ip: string; mac: string } | null;
  dnsSuffix: string | null;
  adSite: string | null;
  publicAddress: string | null;
}

export interface ClientFacts {
  version: string;
  installedAt: Date | null;
  registeredAt: Date;
  /** Number of this registration; the client's secret is derived from it. */
  registration: number;
  /** The order that installed this client. */
  order: OrderId;
  bootId: string;
  /** Boot id at registration: the restart has happened once the client shows another one. */
  bootIdAtRegistration: string;
  lastContact: Date;
  location: LocationData | null;
}

export interface Alert {
  code: string;
  at: Date;
  text: string;
}

export interface Computer {
  id: ComputerId;
  tenant: TenantId;
  /** NetBIOS name, upper case. */
  name: string;
  /** Lower case. */
  fqdn: string | null;
  address: string | null;
  /** `ad:<objectGuid>` or `name:<fqdn or name>`; unique within the tenant. */
  identity: string;
  /** Which import made it. `directory`: it is known from this directory, and missing when it is not found there. */
  source: { kind: 'csv' | 'ad'; run: ImportRunId; row: number; directory: DirectoryId | null };
  dp: {
    /** The DP given at import (R2); null: installed by the server DP, or the assignment has ended. */
    fixed: DpId | null;
    /** The DP that location rules gave it (R10). */
    assigned: DpId | null;
    since: Date | null;
    liftedAt: Date | null;
    /** What the last contact asked for instead; it takes effect when the next one asks for the same. */
    next?: { dp: DpId | null; since: Date };
  };
  state: ComputerState;
  openOrder: OpenOrder | null;
  /** The last order that installs; probes and restarts do not count. */
  lastOrder: OrderId | null;
  inventory: Inventory;
  client: ClientFacts | null;
  restartDue: boolean;
  /** When the client must have registered; set when the DP reports success. */
  registerBy: Date | null;
  /** What the last probe found; absent: there was none. */
  lastProbe?: { order: OrderId; dp: DpId; at: Date; result: FailureCode | 'OK' };
  alerts: readonly Alert[];
  /** When and by whom the state was set (R8: every status carries its age and its source). */
  status: { at: Date; source: EventSource };
  createdAt: Date;
  revision: number;
}

export type ComputerOutcome = { changed: true; computer: Computer } | { changed: false };

const same: ComputerOutcome = { changed: false };
const moved = (computer: Computer): ComputerOutcome => ({ changed: true, computer });

/** The DP that would install a computer: its fixed one, else the server DP (R4). */
export function installingDp(computer: Pick<Computer, 'dp'>, serverDp: DpId): DpId {
  return computer.dp.fixed ?? serverDp;
}

/**
 * Releasing (R4): the computer gets the whole intent of the order.
 *
 * @returns no change when an open order exists already: releasing twice gives the same order
 * @throws DomainError WRONG_STATE when the computer is registered or waits for its registration
 */
export function release(computer: Computer, intent: OpenOrder, now: Date): ComputerOutcome {
  if (computer.openOrder && installs(computer.openOrder.kind)) return same;
  if (computer.openOrder) {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} has an open order of another kind (${computer.openOrder.kind}).`,
    );
  }
  if (computer.state !== 'imported' && computer.state !== 'install-failed') {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} is ${COMPUTER_STATE_TITLES[computer.state].en}; only computers that are not installed can be released.`,
    );
  }
  return moved({
    ...computer,
    state: 'releasing',
    openOrder: intent,
    alerts: withoutRegistrationAlerts(computer),
    status: { at: now, source: 'admin' },
  });
}

/**
 * Carries the end of an order over to its computer. No change when the computer no longer points at that order: a
 * registration was faster, or it is done already.
 *
 * @param registrationTimeout seconds the client has to register after a success
 */
export function orderEnded(
  computer: Computer,
  order: InstallOrder,
  registrationTimeout: number,
  now: Date,
): ComputerOutcome {
  if (computer.openOrder?.id !== order.id || !isFinal(order.state)) return same;
  const closed: Computer = { ...computer, openOrder: null };
  if (!installs(order.kind)) return moved({ ...closed, ...actionEnded(computer, order, now) });
  closed.lastOrder = order.id;
  if (computer.state !== 'releasing') {
    // Installed again: the new client is heard of by its registration, which may have been faster.
    const awaited = order.state === 'succeeded' && computer.client && computer.client.order !== order.id;
    return moved(
      awaited ? { ...closed, registerBy: new Date(now.getTime() + registrationTimeout * 1000) } : closed,
    );
  }
  if (order.state === 'succeeded') {
    return moved({
      ...closed,
      state: 'awaiting-registration',
      restartDue: order.result === 'RESTART_REQUIRED' || order.result === 'RESTART_STARTED',
      registerBy: new Date(now.getTime() + registrationTimeout * 1000),
      status: { at: now, source: 'dp' },
    });
  }
  const undone = order.state === 'cancelled' && !hasBegun(order);
  const source: EventSource = order.state === 'failed' ? 'dp' : 'server';
  return moved({ ...closed, state: undone ? 'imported' : 'install-failed', status: { at: now, source } });
}

/** Alert on a computer that is registered but has no client any more. */
const CLIENT_UNINSTALLED = 'CLIENT_UNINSTALLED';

/** What the end of an order that does not install leaves on its computer. */
function actionEnded(computer: Computer, order: InstallOrder, now: Date): Partial<Computer> {
  if (order.kind === 'probe') {
    const failure = order.state === 'failed' || order.state === 'expired' ? order.failure : null;
    const result = order.state === 'succeeded' ? 'OK' : failure?.code;
    if (!result) return {};
    return { lastProbe: { order: order.id, dp: order.dp, at: now, result } };
  }
  if (order.kind !== 'uninstall-client' || order.state !== 'succeeded') return {};
  const text = 'The client was uninstalled: install it again, or retire the computer.';
  const others = computer.alerts.filter((a) => a.code !== CLIENT_UNINSTALLED);
  return { alerts: [...others, { code: CLIENT_UNINSTALLED, at: now, text }] };
}

/** What was amiss with a registration is over with the right one, and with a new token. */
function withoutRegistrationAlerts({ alerts }: Computer): Alert[] {
  return alerts.filter(({ code }) => code !== 'REGISTER_TIMEOUT' && code !== 'REGISTER_MISMATCH');
}

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
    throw new DomainError('REGISTER_TOKEN_SPENT', 'This registration token belongs to an earlier order.');
  }
  const again = isRegistered(computer.state);
  const isRetired = computer.state === 'retired';
  if (again && (isRetired || computer.client?.order === facts.order)) {
    const isRepeat =
      computer.client?.order === facts.order && computer.client.bootIdAtRegistration === facts.bootId;
    if (isRepeat) return same;
    throw new DomainError('REGISTER_TOKEN_SPENT', 'This registration token has been used.');
  }
  const restartDue = facts.restartRequired || computer.restartDue;
  return moved({
    ...computer,
    state: restartDue ? 'pending-restart' : 'ready',
    openOrder: computer.openOrder && !installs(computer.openOrder.kind) ? computer.openOrder : null,
    lastOrder: facts.order,
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
  });
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
    throw new DomainError('WRONG_STATE', `${computer.name} is not registered.`);
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

/** The client never called although the DP reported success; never installs again by itself. */
export function registrationOverdue(computer: Computer, now: Date): ComputerOutcome {
  if (!computer.registerBy || computer.registerBy > now) return same;
  const alert: Alert = {
    code: 'REGISTER_TIMEOUT',
    at: now,
    text: 'Installed according to its distribution point, but the client has not registered.',
  };
  const alerted: Computer = {
    ...computer,
    registerBy: null,
    alerts: [...computer.alerts.filter((a) => a.code !== alert.code), alert],
  };
  // A registered computer whose client was installed again stays registered.
  if (computer.state !== 'awaiting-registration') return moved(alerted);
  return moved({ ...alerted, state: 'install-failed', status: { at: now, source: 'server' } });
}

/** A restart that is long due raises an alert and changes nothing else. `after` is in seconds. */
export function restartOverdue(computer: Computer, after: number, now: Date): ComputerOutcome {
  const since = computer.client?.registeredAt;
  if (computer.state !== 'pending-restart' || !since) return same;
  if (computer.alerts.some((a) => a.code === 'RESTART_OVERDUE')) return same;
  if (now.getTime() - since.getTime() < after * 1000) return same;
  const alert: Alert = {
    code: 'RESTART_OVERDUE',
    at: now,
    text: 'The restart after the installation is overdue.',
  };
  return moved({ ...computer, alerts: [...computer.alerts, alert] });
}

/** @throws DomainError WRONG_STATE unless the computer is ready and nothing is under way on it */
export function retire(computer: Computer, now: Date): ComputerOutcome {
  if (computer.state === 'retired') return same;
  if (computer.state !== 'ready') {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} is ${COMPUTER_STATE_TITLES[computer.state].en}; only ready computers can be retired.`,
    );
  }
  if (computer.openOrder) {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} has an open order (${computer.openOrder.kind}); let it end or cancel it first.`,
    );
  }
  return moved({ ...computer, state: 'retired', registerBy: null, status: { at: now, source: 'admin' } });
}

/**
 * A change of the DP before registration is always refused (R2).
 *
 * @throws DomainError DP_FIXED
 */
export function refuseDpChange(computer: Computer): never {
  if (isRegistered(computer.state)) {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} is registered; location rules decide its distribution point.`,
    );
  }
  const dp = computer.dp.fixed
    ? `its distribution point is ${computer.dp.fixed}`
    : 'it has no distribution point';
  throw new DomainError(
    'DP_FIXED',
    `${computer.name} is not installed yet: ${dp}, fixed at import until the installation has finished. ` +
      'To change it, delete the computer and import it again with another distribution point.',
  );
}
