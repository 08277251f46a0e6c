import type { Alert, Computer, ComputerOutcome } from './computer.js';

const same: ComputerOutcome = { changed: false };

/**
 * The alert of a computer whose order waits for a DP that is overdue: raised once, and cleared when the DP is back or the
 * order has ended.
 *
 * @param lastSeen of the DP of its open order, when that is overdue; null: it is not, or there is no such order
 */
export function dpOverdue(computer: Computer, lastSeen: Date | null, now: Date): ComputerOutcome {
  const stands = computer.alerts.some(({ code }) => code === 'DP_OVERDUE');
  const due = computer.openOrder !== null && lastSeen !== null;
  if (stands === due) return same;
  const text = `Its order waits for distribution point ${computer.openOrder?.dp}, which has not asked since ${lastSeen?.toISOString()}.`;
  return due ? raised(computer, { code: 'DP_OVERDUE', at: now, text }) : cleared(computer, 'DP_OVERDUE');
}

/**
 * Somebody under another name showed this computer's registration token: a security event, which stands until the right
 * client has registered or the computer is released again.
 */
export function registerMismatch(computer: Computer, said: string, now: Date): ComputerOutcome {
  if (computer.alerts.some(({ code }) => code === 'REGISTER_MISMATCH')) return same;
  const text = `A client that calls itself ${said} showed the registration token made for ${computer.name}.`;
  return raised(computer, { code: 'REGISTER_MISMATCH', at: now, text });
}

function raised(computer: Computer, alert: Alert): ComputerOutcome {
  return { changed: true, computer: { ...computer, alerts: [...computer.alerts, alert] } };
}

function cleared(computer: Computer, code: string): ComputerOutcome {
  return {
    changed: true,
    computer: { ...computer, alerts: computer.alerts.filter((one) => one.code !== code) },
  };
}
