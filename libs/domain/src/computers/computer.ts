import type { StoredText } from '#texts';
import { isRegistered, type ComputerState } from './computer-state.js';
import { DomainError } from '../base/errors.js';
import type { HostNames } from './host-name.js';
import type { FailureCode } from '../failures/failure.js';
import type { OrderKind } from '../orders/install-order.js';
import type {
  ComputerId,
  DirectoryId,
  DpId,
  ImportRunId,
  OrderId,
  ReleaseVersion,
  RolloutId,
  TenantId,
} from '../base/ids.js';
import type { EventSource, TimelineEvent } from '../base/timeline.js';

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
  /** The rollout that asked for it. */
  rollout?: RolloutId;
  /** As in {@link InstallOrder.correlation}. */
  correlation?: string;
  /** As in {@link InstallOrder.trace}. */
  trace?: string;
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

export type Alert = { code: string; at: Date } & StoredText;

export interface Computer extends HostNames {
  id: ComputerId;
  tenant: TenantId;
  address: string | null;
  /** `ad:<objectGuid>` or `name:<fqdn or host name>`; unique within the tenant. */
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
  /** What its last installation failed with; counts while it is `install-failed`. Absent: nobody knows. */
  failure?: FailureCode;
  alerts: readonly Alert[];
  /** When and by whom the state was set (R8: every status carries its age and its source). */
  status: { at: Date; source: EventSource };
  createdAt: Date;
  /**
   * Timeline entries of its last changes, written together with them: the timeline may lack them, should the process die
   * before it has added them.
   */
  untold?: readonly TimelineEvent[];
  revision: number;
}

/** The computer with entries that its timeline is to get. */
export function withEvents(computer: Computer, events: readonly TimelineEvent[]): Computer {
  return events.length === 0 ? computer : { ...computer, untold: [...(computer.untold ?? []), ...events] };
}

export type ComputerOutcome = { changed: true; computer: Computer } | { changed: false };

/** Nothing to change: it is so already. */
export const sameComputer: ComputerOutcome = { changed: false };

export function changedComputer(computer: Computer): ComputerOutcome {
  return { changed: true, computer };
}

/** The DP that would install a computer: its fixed one, else the server DP (R4). */
export function installingDp(computer: Pick<Computer, 'dp'>, serverDp: DpId): DpId {
  return computer.dp.fixed ?? serverDp;
}

/** @throws DomainError WRONG_STATE unless the computer is ready and nothing is under way on it */
export function retire(computer: Computer, now: Date): ComputerOutcome {
  if (computer.state === 'retired') return sameComputer;
  if (computer.state !== 'ready') {
    throw new DomainError('WRONG_STATE', 'computer.retireNeedsReady', {
      name: computer.hostName,
      state: computer.state,
    });
  }
  if (computer.openOrder) {
    throw new DomainError('WRONG_STATE', 'computer.openOrderOfKind', {
      name: computer.hostName,
      kind: computer.openOrder.kind,
    });
  }
  return changedComputer({
    ...computer,
    state: 'retired',
    registerBy: null,
    status: { at: now, source: 'admin' },
  });
}

/**
 * A change of the DP before registration is always refused (R2).
 *
 * @throws DomainError DP_FIXED
 */
export function refuseDpChange(computer: Computer): never {
  if (isRegistered(computer.state)) {
    throw new DomainError('WRONG_STATE', 'computer.dpByRules', { name: computer.hostName });
  }
  const { hostName: name, dp } = computer;
  throw dp.fixed
    ? new DomainError('DP_FIXED', 'computer.dpFixedTo', { name, dp: dp.fixed })
    : new DomainError('DP_FIXED', 'computer.dpFixedNone', { name });
}
