import type { Computer, OpenOrder } from '../src/computers/computer.js';
import type { ContactFacts, RegistrationFacts } from '../src/computers/computer-registration.js';
import type { ComputerState } from '../src/computers/computer-state.js';
import { retire } from '../src/computers/computer.js';
import { registrationOverdue } from '../src/computers/computer-alert.js';
import { contact, register } from '../src/computers/computer-registration.js';
import { orderEnded } from '../src/computers/computer-order-end.js';
import { release } from '../src/computers/computer-release.js';
import type { ComputerId, DpId, ImportRunId, OrderId, ReleaseVersion, TenantId } from '../src/base/ids.js';
import type { InstallOrder, OrderKind } from '../src/orders/install-order.js';
import { apply, at, cancelAsked, failedWith, newOrder, NOW, report, runningOrder } from './sample-orders.js';

/** Computers for specs, each brought into its state by what leads there. */

export const ORDER = 'order-1' as OrderId;
const REGISTRATION_TIMEOUT = 1800;

export function importedComputer(): Computer {
  return {
    id: 'computer-1' as ComputerId,
    tenant: 'default' as TenantId,
    name: 'PC-017',
    hostName: 'PC-017',
    fqdn: 'pc-017.example.test',
    address: null,
    identity: 'name:pc-017.example.test',
    source: { kind: 'csv', run: 'run-1' as ImportRunId, row: 2, directory: null },
    dp: { fixed: 'site-a' as DpId, assigned: null, since: null, liftedAt: null },
    state: 'imported',
    openOrder: null,
    lastOrder: null,
    inventory: {
      os: null,
      version: null,
      description: null,
      location: null,
      ou: null,
      enabled: null,
      lastLogon: null,
    },
    client: null,
    restartDue: false,
    registerBy: null,
    alerts: [],
    status: { at: NOW, source: 'importer' },
    createdAt: NOW,
    revision: 0,
  };
}

export function intent(changes: Partial<OpenOrder> = {}): OpenOrder {
  return {
    id: ORDER,
    kind: 'install-client',
    dp: 'site-a' as DpId,
    release: '1.0.0' as ReleaseVersion,
    notBefore: NOW,
    by: 'admin',
    note: null,
    retryOf: null,
    at: NOW,
    ...changes,
  };
}

export function registration(changes: Partial<RegistrationFacts> = {}): RegistrationFacts {
  return {
    order: ORDER,
    version: '1.0.0',
    bootId: 'boot-1',
    restartRequired: true,
    location: null,
    registration: 1,
    dp: null,
    ...changes,
  };
}

export function contactFacts(changes: Partial<ContactFacts> = {}): ContactFacts {
  return { version: '1.0.0', bootId: 'boot-1', restartRequired: true, location: null, ...changes };
}

/** Takes the outcome of a step that must change the computer. */
export function moved(outcome: { changed: true; computer: Computer } | { changed: false }): Computer {
  if (!outcome.changed) throw new Error('no change');
  return outcome.computer;
}

/** The order of {@link intent}, ended in the ways an order can end. */
export const ENDED_ORDERS = {
  succeeded: () => apply(runningOrder(), report(runningOrder(), 'succeeded')),
  'succeeded, restart due': () =>
    apply(runningOrder(), report(runningOrder(), 'succeeded', { result: 'RESTART_REQUIRED' })),
  failed: () => failedWith(runningOrder(), 'NOT_ADMIN'),
  expired: () => apply(newOrder(), { type: 'expired' }, at(8 * 24 * 3600)),
  'outcome-unknown': () => apply(cancelAsked(runningOrder()), { type: 'cancel-overdue' }, at(120)),
  'cancelled before it began': () => cancelAsked(newOrder()),
  'cancelled after it began': () =>
    apply(cancelAsked(runningOrder()), report(cancelAsked(runningOrder()), 'cancelled')),
} as const satisfies Record<string, () => InstallOrder>;

export function ended(order: InstallOrder, kind: OrderKind): InstallOrder {
  return { ...order, kind };
}

const released = (): Computer => moved(release(importedComputer(), intent(), NOW));
const installed = (): Computer =>
  moved(orderEnded(released(), ENDED_ORDERS.succeeded(), REGISTRATION_TIMEOUT, NOW));
const registered = (): Computer => moved(register(installed(), registration(), NOW));
const ready = (): Computer =>
  contact(registered(), contactFacts({ bootId: 'boot-2', restartRequired: false }), at(60));

/** A computer in each state. */
export const COMPUTERS: Record<ComputerState, () => Computer> = {
  imported: importedComputer,
  releasing: released,
  'install-failed': () => moved(registrationOverdue(installed(), at(REGISTRATION_TIMEOUT))),
  'awaiting-registration': installed,
  'pending-restart': registered,
  ready,
  retired: () => moved(retire(ready(), at(120))),
};
