import { CLIENT_UNINSTALLED } from './computer-alert.js';
import { changedComputer, sameComputer, type Computer, type ComputerOutcome } from './computer.js';
import { hasBegun, installs, isFinal, type InstallOrder } from '../orders/install-order.js';
import { isRestartDue } from '../orders/order-report.js';
import type { EventSource } from '../base/timeline.js';

/**
 * Carries the end of an order over to its computer. No change when the computer no longer points at that order, because
 * it is done already; or a registration was faster, and then it only gets to know that a restart is due.
 *
 * @param registrationTimeout seconds the client has to register after a success
 */
export function orderEnded(
  computer: Computer,
  order: InstallOrder,
  registrationTimeout: number,
  now: Date,
): ComputerOutcome {
  if (computer.openOrder?.id !== order.id) return restartToldLate(computer, order, now);
  if (!isFinal(order.state)) return sameComputer;
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
      restartDue: isRestartDue(order),
      registerBy: new Date(now.getTime() + registrationTimeout * 1000),
      status: { at: now, source: 'dp' },
    });
  }
  const undone = order.state === 'cancelled' && !hasBegun(order);
  const source: EventSource = order.state === 'failed' ? 'dp' : 'server';
  const { failure: _, ...ended } = closed;
  return changedComputer({
    ...ended,
    state: undone ? 'imported' : 'install-failed',
    ...(!undone && order.failure && { failure: order.failure.code }),
    status: { at: now, source },
  });
}

/**
 * A client that registered before the installer had ended may not know of the restart. It is due unless the computer has
 * been heard of since as another boot, or has waited for its restart before.
 */
function restartToldLate(computer: Computer, order: InstallOrder, now: Date): ComputerOutcome {
  const { client, status } = computer;
  const isAsRegistered =
    computer.state === 'ready' &&
    client?.order === order.id &&
    client.bootId === client.bootIdAtRegistration &&
    status.at.getTime() === client.registeredAt.getTime();
  return order.state === 'succeeded' && isRestartDue(order) && isAsRegistered
    ? changedComputer({
        ...computer,
        state: 'pending-restart',
        restartDue: true,
        status: { at: now, source: 'dp' },
      })
    : sameComputer;
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
  const others = computer.alerts.filter((a) => a.code !== CLIENT_UNINSTALLED);
  return { alerts: [...others, { code: CLIENT_UNINSTALLED, at: now, key: 'alert.uninstalled' }] };
}
