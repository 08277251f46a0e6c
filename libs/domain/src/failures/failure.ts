import type { DpId } from '../base/ids.js';

/** The way of an order; a later phase proves the earlier ones. */
export const PHASES = [
  'deliver',
  'reach',
  'auth',
  'stage',
  'check',
  'install',
  'register',
  'restart',
] as const;
export type Phase = (typeof PHASES)[number];

/**
 * What follows from a failure.
 * - `backoff`: again after 1, 5, 15, 60 minutes, then hourly
 * - `reachable`: again as soon as the computer answers; costs no attempt
 * - `verify`: outcome unknown; look at the computer first, then `backoff`
 * - `fix`: a person mends it and retries
 * - `brake`: as `fix`, and every order that shares the cause stops until a person lifts the brake
 * - `never`: retrying cannot help
 * - `done`: not a failure; reported as succeeded with this code as the result
 * - `waits`: starts again when its time comes; costs no attempt
 */
export const RETRY_CLASSES = [
  'backoff',
  'reachable',
  'verify',
  'fix',
  'brake',
  'never',
  'done',
  'waits',
] as const;
export type RetryClass = (typeof RETRY_CLASSES)[number];

export interface FailureRule {
  /** Null: can happen in any phase. */
  phase: Phase | null;
  retry: RetryClass;
  /** Tries of this failure before it counts as `fix`; absent: as many as the order allows. */
  tries?: number;
}

const rule = (phase: Phase | null, retry: RetryClass, tries?: number): FailureRule => ({
  phase,
  retry,
  ...(tries === undefined ? {} : { tries }),
});

/** The one list of failures. What to do about each is in the catalogue of texts, as `failure.CODE`. */
export const FAILURES = {
  DELIVERY_EXPIRED: rule('deliver', 'fix'),
  DP_DISABLED: rule('deliver', 'fix'),
  ACCOUNT_NOT_SEALED: rule('deliver', 'fix'),
  ORDER_NOT_TRUSTED: rule('deliver', 'fix'),
  LEASE_LOST: rule(null, 'verify'),
  DP_INTERNAL: rule(null, 'backoff', 3),
  NAME_NOT_RESOLVED: rule('reach', 'backoff', 3),
  WRONG_COMPUTER: rule('reach', 'never'),
  HOST_UNREACHABLE: rule('reach', 'reachable'),
  CONNECT_TIMEOUT: rule('reach', 'reachable'),
  PORT_CLOSED: rule('reach', 'backoff', 2),
  NOT_SSH: rule('reach', 'fix'),
  LOGINS_CLOSED: rule('reach', 'reachable'),
  HOST_KEY_UNKNOWN: rule('auth', 'fix'),
  HOST_KEY_CHANGED: rule('auth', 'never'),
  LOGIN_METHOD_MISSING: rule('auth', 'fix'),
  SECOND_FACTOR_REQUIRED: rule('auth', 'fix'),
  LOGIN_DENIED: rule('auth', 'fix'),
  NETWORK_LOGON_DENIED: rule('auth', 'fix'),
  NTLM_REFUSED: rule('auth', 'fix'),
  KERBEROS_NOT_POSSIBLE: rule('auth', 'fix'),
  CLOCK_SKEW: rule('auth', 'fix'),
  NO_LOGON_SERVER: rule('auth', 'backoff', 3),
  AUTH_FAILED: rule('auth', 'brake'),
  ACCOUNT_LOCKED: rule('auth', 'brake'),
  ACCOUNT_DISABLED_OR_EXPIRED: rule('auth', 'brake'),
  PASSWORD_CHANGE_REQUIRED: rule('auth', 'brake'),
  KEY_UNUSABLE: rule('auth', 'fix'),
  NO_ACCOUNT: rule('auth', 'fix'),
  ACCOUNT_UNSEALABLE: rule('auth', 'fix'),
  NOT_ADMIN: rule('auth', 'fix'),
  SUDO_PASSWORD_REQUIRED: rule('auth', 'fix'),
  SUDO_TTY_REQUIRED: rule('auth', 'fix'),
  ADMIN_SHARE_MISSING: rule('auth', 'fix'),
  RELEASE_UNAVAILABLE: rule('stage', 'backoff', 3),
  DIGEST_MISMATCH: rule('stage', 'brake'),
  COPY_FAILED: rule('stage', 'backoff', 3),
  DISK_FULL: rule('stage', 'fix'),
  PATH_DENIED: rule('stage', 'fix'),
  PLATFORM_UNSUPPORTED: rule('check', 'fix'),
  SERVICE_CONTROL_UNAVAILABLE: rule('check', 'fix'),
  PENDING_RESTART_BLOCKS: rule('check', 'reachable'),
  ALREADY_INSTALLED: rule('check', 'done'),
  NEWER_INSTALLED: rule('check', 'done'),
  WINDOW_CLOSED: rule('check', 'waits'),
  INSTALLER_BUSY: rule('install', 'backoff'),
  INSTALLER_FAILED: rule('install', 'backoff', 2),
  INSTALLER_KILLED: rule('install', 'backoff', 2),
  INSTALLER_REJECTED: rule('install', 'brake'),
  BLOCKED_BY_POLICY: rule('install', 'fix'),
  INSTALL_TIMEOUT: rule('install', 'verify', 2),
  OUTCOME_UNKNOWN: rule('install', 'verify'),
  RESTART_REQUIRED: rule('install', 'done'),
  RESTART_STARTED: rule('install', 'done'),
  REGISTER_TIMEOUT: rule('register', 'fix'),
  REGISTER_MISMATCH: rule('register', 'never'),
  REGISTER_TOKEN_SPENT: rule('register', 'fix'),
  CLIENT_MISSING: rule('restart', 'fix'),
  ORDER_CANCELLED: rule(null, 'never'),
  COMPUTER_DELETED: rule(null, 'never'),
  UNKNOWN: rule(null, 'backoff', 3),
} as const satisfies Record<string, FailureRule>;

export type FailureCode = keyof typeof FAILURES;
export const FAILURE_CODES = Object.keys(FAILURES) as FailureCode[];

export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURES, text);
}

export function failureRule(code: FailureCode): FailureRule {
  return FAILURES[code];
}

/** What another system said, kept as it was. */
export interface NativeSign {
  /** Such as `ssh2`, `sudo`, `sftp`, `installer`. */
  system: string;
  code: string;
  text: string;
}

/** One failure that happened. */
export interface FailureRecord {
  code: FailureCode;
  phase: Phase;
  native: NativeSign | null;
  /** The order's attempt it ended. */
  attempt: number;
  at: Date;
  dp: DpId;
}
