import {
  changedComputer,
  sameComputer,
  type Alert,
  type Computer,
  type ComputerOutcome,
} from './computer.js';

/** Alert on a computer that is registered but has no client any more. */
export const CLIENT_UNINSTALLED = 'CLIENT_UNINSTALLED';

/**
 * The alert of a computer whose order waits for a DP that is overdue: raised once, and cleared when the DP is back or the
 * order has ended.
 *
 * @param lastSeen of the DP of its open order, when that is overdue; null: it is not, or there is no such order
 */
export function dpOverdue(computer: Computer, lastSeen: Date | null, now: Date): ComputerOutcome {
  const stands = computer.alerts.some(({ code }) => code === 'DP_OVERDUE');
  const order = lastSeen && computer.openOrder;
  if (stands === (order !== null)) return sameComputer;
  if (!order) return cleared(computer, 'DP_OVERDUE');
  const params = { dp: order.dp, time: lastSeen.toISOString() };
  return raised(computer, { code: 'DP_OVERDUE', at: now, key: 'alert.orderWaits', params });
}

/**
 * Somebody under another name showed this computer's registration token: a security event, which stands until the right
 * client has registered or the computer is released again.
 */
export function registerMismatch(computer: Computer, said: string, now: Date): ComputerOutcome {
  if (computer.alerts.some(({ code }) => code === 'REGISTER_MISMATCH')) return sameComputer;
  const params = { said, name: computer.hostName };
  return raised(computer, { code: 'REGISTER_MISMATCH', at: now, key: 'alert.registerMismatch', params });
}

/** The client never called although the DP reported success; never installs again by itself. */
export function registrationOverdue(computer: Computer, now: Date): ComputerOutcome {
  if (!computer.registerBy || computer.registerBy > now) return sameComputer;
  const alert: Alert = {
    code: 'REGISTER_TIMEOUT',
    at: now,
    key: 'alert.registrationOverdue',
  };
  const alerted: Computer = {
    ...computer,
    registerBy: null,
    alerts: [...computer.alerts.filter((a) => a.code !== alert.code), alert],
  };
  // A registered computer whose client was installed again stays registered.
  if (computer.state !== 'awaiting-registration') return changedComputer(alerted);
  return changedComputer({
    ...alerted,
    state: 'install-failed',
    failure: 'REGISTER_TIMEOUT',
    status: { at: now, source: 'server' },
  });
}

/** A restart that is long due raises an alert and changes nothing else. `after` is in seconds. */
export function restartOverdue(computer: Computer, after: number, now: Date): ComputerOutcome {
  const since = computer.client?.registeredAt;
  if (computer.state !== 'pending-restart' || !since) return sameComputer;
  if (computer.alerts.some((a) => a.code === 'RESTART_OVERDUE')) return sameComputer;
  if (now.getTime() - since.getTime() < after * 1000) return sameComputer;
  const alert: Alert = {
    code: 'RESTART_OVERDUE',
    at: now,
    key: 'alert.restartOverdue',
  };
  return changedComputer({ ...computer, alerts: [...computer.alerts, alert] });
}

/** What was amiss with a registration is over with the right one, and with a new token. */
export function withoutRegistrationAlerts({ alerts }: Computer): Alert[] {
  return alerts.filter(({ code }) => code !== 'REGISTER_TIMEOUT' && code !== 'REGISTER_MISMATCH');
}

function raised(computer: Computer, alert: Alert): ComputerOutcome {
  return changedComputer({ ...computer, alerts: [...computer.alerts, alert] });
}

function cleared(computer: Computer, code: string): ComputerOutcome {
  return changedComputer({ ...computer, alerts: computer.alerts.filter((one) => one.code !== code) });
}
