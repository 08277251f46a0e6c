import type { Schema } from './api.js';

export type Settings = Required<Schema['ChangeSettingsDto']>;
export type SettingName = keyof Settings;

/** How each setting is typed. */
export const SETTINGS = {
  pollInterval: 'seconds',
  pollJitter: 'percent',
  longPoll: 'switch',
  directFirst: 'switch',
  concurrency: 'number',
  accountLogins: 'number',
  rolloutFrom: 'number',
  attempts: 'number',
  orderExpiry: 'seconds',
  installTimeout: 'seconds',
  registrationTimeout: 'seconds',
  restartAlert: 'seconds',
  windows: 'windows',
  hostKeyPolicy: 'hostKeys',
  sshPort: 'number',
  defaultRelease: 'text',
  agentVersion: 'text',
  minimumAgentVersion: 'text',
  keepOrders: 'days',
  keepImports: 'days',
  keepAudit: 'days',
  removeUnarchived: 'switch',
} as const satisfies Record<SettingName, string>;

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** Those that no tenant and no DP has of its own. */
export const GLOBAL_SETTINGS: ReadonlySet<SettingName> = new Set([
  'keepOrders',
  'keepImports',
  'keepAudit',
  'removeUnarchived',
]);

/** Settings that belong together, in the order of the page; `setting-kinds.spec.ts` says that none is left out. */
export const SETTING_GROUPS = {
  installation: [
    'windows',
    'orderExpiry',
    'attempts',
    'installTimeout',
    'registrationTimeout',
    'restartAlert',
    'directFirst',
    'defaultRelease',
    'rolloutFrom',
  ],
  dps: ['pollInterval', 'pollJitter', 'longPoll', 'concurrency', 'agentVersion', 'minimumAgentVersion'],
  access: ['accountLogins', 'hostKeyPolicy', 'sshPort'],
  retention: ['keepOrders', 'keepImports', 'keepAudit', 'removeUnarchived'],
} as const satisfies Record<string, readonly SettingName[]>;

export type SettingGroup = keyof typeof SETTING_GROUPS;
