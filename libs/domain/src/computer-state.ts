import type { Moves } from './machine.js';

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
 * the client was installed again and that needs a restart. A computer can be deleted while it is not
 * registered, and when it is retired.
 */
export const COMPUTER_MOVES = {
  imported: ['releasing', 'pending-restart', 'ready'],
  releasing: ['imported', 'install-failed', 'awaiting-registration', 'pending-restart', 'ready'],
  'install-failed': ['releasing', 'pending-restart', 'ready'],
  'awaiting-registration': ['pending-restart', 'ready', 'install-failed'],
  'pending-restart': ['ready'],
  ready: ['pending-restart', 'retired'],
  retired: [],
} as const satisfies Moves<ComputerState>;

/** What the states are called on screen. */
export const COMPUTER_STATE_TITLES = {
  imported: { en: 'not yet registered', de: 'noch nicht registriert' },
  releasing: { en: 'installation released', de: 'Installation freigegeben' },
  'install-failed': { en: 'installation failed', de: 'Installation fehlgeschlagen' },
  'awaiting-registration': {
    en: 'installed, awaiting registration',
    de: 'installiert, wartet auf Registrierung',
  },
  'pending-restart': { en: 'waiting for restart', de: 'wartet auf Neustart' },
  ready: { en: 'ready', de: 'betriebsbereit' },
  retired: { en: 'retired', de: 'stillgelegt' },
} as const satisfies Record<ComputerState, { en: string; de: string }>;

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
