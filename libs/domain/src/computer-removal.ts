import { type Computer } from './computer.js';
import { COMPUTER_STATE_TITLES, isRegistered } from './computer-state.js';
import { DomainError } from './errors.js';
import type { DpId } from './ids.js';

/**
 * Whether a computer may be deleted: while it is not registered, and when it is retired. An open order has to end
 * first.
 *
 * @throws DomainError WRONG_STATE
 */
export function demandRemovable(computer: Computer): void {
  if (isRegistered(computer.state) && computer.state !== 'retired') {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} is ${COMPUTER_STATE_TITLES[computer.state].en}; retire it before it is deleted.`,
    );
  }
  if (computer.openOrder) {
    throw new DomainError('WRONG_STATE', `${computer.name} has an open order; cancel it first.`);
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
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} is registered; location rules decide its distribution point.`,
    );
  }
  if (computer.state === 'awaiting-registration') {
    throw new DomainError(
      'WRONG_STATE',
      `${computer.name} is installed and about to register; then its fixed distribution point is lifted by itself.`,
    );
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
