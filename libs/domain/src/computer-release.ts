import { CLIENT_UNINSTALLED, withoutRegistrationAlerts } from './computer-alert.js';
import {
  changedComputer,
  sameComputer,
  type Computer,
  type ComputerOutcome,
  type OpenOrder,
} from './computer.js';
import { COMPUTER_STATE_TITLES } from './computer-state.js';
import { DomainError } from './errors.js';
import { hasBegun, installs, isFinal, type InstallOrder } from './install-order.js';
import type { EventSource } from './timeline.js';

/**
 * Releasing (R4): the computer gets the whole intent of the order.
 *
 * @returns no change when an open order exists already: releasing twice gives the same order
 * @throws DomainError WRONG_STATE when the computer is registered or waits for its registration
 */
export function release(computer: Computer, intent: OpenOrder, now: Date): ComputerOutcome {
  if (computer.openOrder && installs(computer.openOrder.kind)) return sameComputer;
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
  return changedComputer({
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
  if (computer.openOrder?.id !== order.id || !isFinal(order.state)) return sameComputer;
  const closed: Computer = { ...computer, openOrder: null };
  if (!installs(order.kind)) return changedComputer({ ...closed, ...actionEnded(computer, order, now) });
  closed.lastOrder = order.id;
  if (computer.state !== 'releasing') {
    // Installed again: the new client is heard of by its registration, which may have been faster.
    const awaited = order.state === 'succeeded' && computer.client && computer.client.order !== order.id;
    return changedComputer(
      awaited ? { ...closed, registerBy: new Date(now.getTime() + registrationTimeout * 1000) } : closed,
    );
  }
  if (order.state === 'succeeded') {
    return changedComputer({
      ...closed,
      state: 'awaiting-registration',
      restartDue: order.result === 'RESTART_REQUIRED' || order.result === 'RESTART_STARTED',
      registerBy: new Date(now.getTime() + registrationTimeout * 1000),
      status: { at: now, source: 'dp' },
    });
  }
  const undone = order.state === 'cancelled' && !hasBegun(order);
  const source: EventSource = order.state === 'failed' ? 'dp' : 'server';
  return changedComputer({
    ...closed,
    state: undone ? 'imported' : 'install-failed',
    status: { at: now, source },
  });
}

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
