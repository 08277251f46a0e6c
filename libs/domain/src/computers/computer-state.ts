import type { Moves } from '../base/state-machine.js';

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
 * the client was installed again and that needs a restart, or when the DP says later than the client that one is due. A computer can be deleted while it is not
 * registered, and when it is retired.
 */
export const COMPUTER_TRANSITIONS = {
  imported: ['releasing', 'pending-restart', 'ready'],
  releasing: ['imported', 'install-failed', 'awaiting-registration', 'pending-restart', 'ready'],
  'install-failed': ['releasing', 'pending-restart', 'ready'],
  'awaiting-registration': ['pending-restart', 'ready', 'install-failed'],
  'pending-restart': ['ready'],
  ready: ['pending-restart', 'retired'],
  retired: [],
} as const satisfies Moves<ComputerState>;

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
