import type { DpId, TenantId } from '../base/ids.js';

/** A weekly span in which orders may run, across midnight when `to` is before `from`. */
export interface MaintenanceWindow {
  /** `mon` to `sun`, the days on which the span begins. */
  days: readonly ('mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun')[];
  /** `HH:MM`, 24 hours. */
  from: string;
  to: string;
  /** IANA name, such as `Europe/Berlin`. */
  timeZone: string;
}

/** Everything an administrator may set globally, per tenant or per distribution point. Durations are whole seconds. */
export interface Settings {
  pollInterval: number;
  /** Percent by which each poll interval is spread. */
  pollJitter: number;
  longPoll: boolean;
  /** Orders a DP may hold at once. */
  concurrency: number;
  /** Logins with one account under way at once, over all DPs, until they are known to have worked; 0: any number. */
  accountLogins: number;
  /** Computers from which on the console offers a rollout before it releases them at once, and directories release by one. */
  rolloutFrom: number;
  attempts: number;
  orderExpiry: number;
  installTimeout: number;
  registrationTimeout: number;
  restartAlert: number;
  windows: readonly MaintenanceWindow[];
  hostKeyPolicy: 'pin' | 'strict';
  /** TCP port of the SSH servers on the computers. */
  sshPort: number;
  /** Whether actions on registered computers are tried by the server DP first, wherever they are (R11). */
  directFirst: boolean;
  defaultRelease: string | null;
  /** Version that agents bring themselves to: `none` (they stay as they are), `newest`, or one by name. */
  agentVersion: string;
  /** The oldest version of an agent that gets orders; `none`: any does. */
  minimumAgentVersion: string;
  /** Days after its end for which an order is kept; 0: for ever. Global only, as the next three. */
  keepOrders: number;
  /** Days after its end for which an import and its rows are kept; 0: for ever. */
  keepImports: number;
  /** Days for which entries of the audit are kept; 0: for ever. */
  keepAudit: number;
  /** Whether they are removed also where no archive takes them. */
  removeUnarchived: boolean;
}

/** Settings that count for the whole installation only: no tenant and no DP has its own. */
export const GLOBAL_SETTINGS = [
  'keepOrders',
  'keepImports',
  'keepAudit',
  'removeUnarchived',
] as const satisfies readonly (keyof Settings)[];

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const DEFAULT_SETTINGS: Settings = {
  pollInterval: 60,
  pollJitter: 10,
  longPoll: true,
  concurrency: 10,
  // directories lock an account after five refusals or more
  accountLogins: 4,
  rolloutFrom: 50,
  attempts: 5,
  orderExpiry: 7 * DAY,
  installTimeout: HOUR,
  registrationTimeout: 30 * MINUTE,
  restartAlert: 3 * DAY,
  windows: [],
  hostKeyPolicy: 'pin',
  sshPort: 22,
  directFirst: true,
  defaultRelease: null,
  // a program that replaces itself at every site is somebody's decision, not a default
  agentVersion: 'none',
  minimumAgentVersion: 'none',
  // what is removed is gone: nothing is unless somebody has asked for it
  keepOrders: 0,
  keepImports: 0,
  keepAudit: 0,
  removeUnarchived: false,
};

/** Where a setting's value comes from. */
export type SettingsLayer = 'default' | 'global' | `tenant:${TenantId}` | `dp:${DpId}`;

export interface LayeredSettings {
  layer: SettingsLayer;
  values: Partial<Settings>;
}

export type EffectiveSettings = { [Key in keyof Settings]: { value: Settings[Key]; from: SettingsLayer } };

/** Lays settings over each other, the later layer wins (global → tenant → DP); each value names its layer. */
export function effectiveSettings(layers: readonly LayeredSettings[]): EffectiveSettings {
  const keys = Object.keys(DEFAULT_SETTINGS) as (keyof Settings)[];
  const entries = keys.map((key) => {
    const layer = layers.findLast((l) => l.values[key] !== undefined);
    return [key, { value: layer?.values[key] ?? DEFAULT_SETTINGS[key], from: layer?.layer ?? 'default' }];
  });
  return Object.fromEntries(entries) as EffectiveSettings;
}

/** The plain values of {@link effectiveSettings}. */
export function settingsOf(layers: readonly LayeredSettings[]): Settings {
  return Object.assign({}, DEFAULT_SETTINGS, ...layers.map((l) => withoutUndefined(l.values))) as Settings;
}

function withoutUndefined(values: Partial<Settings>): Partial<Settings> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
