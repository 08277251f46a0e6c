import { withoutRegistrationAlerts } from './computer-alert.js';
import {
  changedComputer,
  sameComputer,
  type Computer,
  type ComputerOutcome,
  type OpenOrder,
} from './computer.js';
import { DomainError } from '../base/errors.js';
import { installs } from '../orders/install-order.js';

/**
 * Releasing (R4): the computer gets the whole intent of the order.
 *
 * @returns no change when an open order exists already: releasing twice gives the same order
 * @throws DomainError WRONG_STATE when the computer is registered or waits for its registration; COMPUTER_DISABLED while
 *   its directory says that it is disabled
 */
export function release(computer: Computer, intent: OpenOrder, now: Date): ComputerOutcome {
  if (computer.openOrder && installs(computer.openOrder.kind)) return sameComputer;
  if (computer.openOrder) {
    throw new DomainError('WRONG_STATE', 'computer.openOrderOfOtherKind', {
      name: computer.hostName,
      kind: computer.openOrder.kind,
    });
  }
  if (computer.state !== 'imported' && computer.state !== 'install-failed') {
    throw new DomainError('WRONG_STATE', 'computer.releaseNeedsUninstalled', {
      name: computer.hostName,
      state: computer.state,
    });
  }
  if (computer.inventory.enabled === false) {
    throw new DomainError('COMPUTER_DISABLED', 'computer.disabledInDirectory', { name: computer.hostName });
  }
  return changedComputer({
    ...computer,
    state: 'releasing',
    openOrder: intent,
    alerts: withoutRegistrationAlerts(computer),
    status: { at: now, source: 'admin' },
  });
}
