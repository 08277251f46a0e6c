import { type Computer } from './computer.js';
import { isRegistered } from './computer-state.js';
import { DomainError } from '../base/errors.js';
import type { DpId } from '../base/ids.js';

/**
 * Whether a computer may be deleted: while it is not registered, and when it is retired. An open order has to end
 * first.
 *
 * @throws DomainError WRONG_STATE
 */
export function demandRemovable(computer: Computer): void {
  if (isRegistered(computer.state) && computer.state !== 'retired') {
    throw new DomainError('WRONG_STATE', 'computer.retireBeforeDelete', {
      name: computer.hostName,
      state: computer.state,
    });
  }
  if (computer.openOrder) {
    throw new DomainError('WRONG_STATE', 'computer.openOrder', { name: computer.hostName });
  }
}

/**
 * "Delete and import again with another DP" as one guarded step (R2): as it was when it was imported, with the new DP.
 *
 * @param dp null: the server DP installs it
 * @returns the changed computer, or null when it is that already
 * @throws DomainError WRONG_STATE when it is registered, installed, or has an open order
 */
export function reimport(computer: Computer, dp: DpId | null, now: Date): Computer | null {
  if (isRegistered(computer.state)) {
    throw new DomainError('WRONG_STATE', 'computer.dpByRules', { name: computer.hostName });
  }
  if (computer.state === 'awaiting-registration') {
    throw new DomainError('WRONG_STATE', 'computer.dpAboutToLift', { name: computer.hostName });
  }
  demandRemovable(computer);
  if (computer.dp.fixed === dp && computer.state === 'imported') return null;
  return {
    ...computer,
    dp: { fixed: dp, assigned: null, since: dp ? now : null, liftedAt: null },
    state: 'imported',
    lastOrder: null,
    restartDue: false,
    registerBy: null,
    alerts: [],
    status: { at: now, source: 'admin' },
  };
}
