import { LANGUAGES, textIn } from '#texts';
import {
  FAILURE_CODES,
  failureRule,
  type FailureCode,
  isFailureCode,
  PHASES,
  RETRY_CLASSES,
} from './failure.js';

/** Each code with its phase, what follows, and after how many tries in a row it is left to a person. */
const LIST: Record<FailureCode, string> = {
  DELIVERY_EXPIRED: 'deliver fix',
  DP_DISABLED: 'deliver fix',
  ACCOUNT_NOT_SEALED: 'deliver fix',
  LEASE_LOST: 'any verify',
  ORDER_NOT_TRUSTED: 'deliver fix',
  DP_INTERNAL: 'any backoff 3',
  NAME_NOT_RESOLVED: 'reach backoff 3',
  WRONG_COMPUTER: 'reach never',
  HOST_UNREACHABLE: 'reach reachable',
  CONNECT_TIMEOUT: 'reach reachable',
  PORT_CLOSED: 'reach backoff 2',
  NOT_SSH: 'reach fix',
  HOST_KEY_UNKNOWN: 'auth fix',
  HOST_KEY_CHANGED: 'auth never',
  LOGINS_CLOSED: 'reach reachable',
  LOGIN_METHOD_MISSING: 'auth fix',
  SECOND_FACTOR_REQUIRED: 'auth fix',
  LOGIN_DENIED: 'auth fix',
  NETWORK_LOGON_DENIED: 'auth fix',
  NTLM_REFUSED: 'auth fix',
  KERBEROS_NOT_POSSIBLE: 'auth fix',
  CLOCK_SKEW: 'auth fix',
  NO_LOGON_SERVER: 'auth backoff 3',
  AUTH_FAILED: 'auth brake',
  ACCOUNT_LOCKED: 'auth brake',
  ACCOUNT_DISABLED_OR_EXPIRED: 'auth brake',
  PASSWORD_CHANGE_REQUIRED: 'auth brake',
  KEY_UNUSABLE: 'auth fix',
  NO_ACCOUNT: 'auth fix',
  ACCOUNT_UNSEALABLE: 'auth fix',
  NOT_ADMIN: 'auth fix',
  SUDO_PASSWORD_REQUIRED: 'auth fix',
  SUDO_TTY_REQUIRED: 'auth fix',
  ADMIN_SHARE_MISSING: 'auth fix',
  RELEASE_UNAVAILABLE: 'stage backoff 3',
  DIGEST_MISMATCH: 'stage brake',
  COPY_FAILED: 'stage backoff 3',
  DISK_FULL: 'stage fix',
  PATH_DENIED: 'stage fix',
  PLATFORM_UNSUPPORTED: 'check fix',
  SERVICE_CONTROL_UNAVAILABLE: 'check fix',
  PENDING_RESTART_BLOCKS: 'check reachable',
  ALREADY_INSTALLED: 'check done',
  NEWER_INSTALLED: 'check done',
  WINDOW_CLOSED: 'check waits',
  INSTALLER_BUSY: 'install backoff',
  INSTALLER_FAILED: 'install backoff 2',
  INSTALLER_KILLED: 'install backoff 2',
  INSTALLER_REJECTED: 'install brake',
  BLOCKED_BY_POLICY: 'install fix',
  INSTALL_TIMEOUT: 'install verify 2',
  OUTCOME_UNKNOWN: 'install verify',
  RESTART_REQUIRED: 'install done',
  RESTART_STARTED: 'install done',
  REGISTER_TIMEOUT: 'register fix',
  REGISTER_MISMATCH: 'register never',
  REGISTER_TOKEN_SPENT: 'register fix',
  CLIENT_MISSING: 'restart fix',
  ORDER_CANCELLED: 'any never',
  COMPUTER_DELETED: 'any never',
  UNKNOWN: 'any backoff 3',
};

describe('the list of failures', () => {
  it('is complete, each with its phase and what follows', () => {
    const listed = FAILURE_CODES.map((code) => {
      const { phase, retry, tries } = failureRule(code);
      return [code, [phase ?? 'any', retry, tries].filter((word) => word !== undefined).join(' ')];
    });
    expect(Object.fromEntries(listed)).toEqual(LIST);
  });

  it.each(FAILURE_CODES)('says of %s what to do, in two languages', (code) => {
    const { phase, retry } = failureRule(code);
    const hints = LANGUAGES.map((language) => textIn(language, { key: `failure.${code}` }));
    expect(phase === null || PHASES.includes(phase)).toBe(true);
    expect(RETRY_CLASSES).toContain(retry);
    for (const text of hints) expect(text).toMatch(/^[A-ZÄÖÜ].{15,160}\.$/);
    expect(new Set(hints).size).toBe(2);
  });

  it('stands in the order of the phases', () => {
    const phases = FAILURE_CODES.map((code) => failureRule(code).phase).filter((phase) => phase !== null);
    expect(phases).toEqual(phases.toSorted((a, b) => PHASES.indexOf(a) - PHASES.indexOf(b)));
  });

  it('counts tries only where something is tried again', () => {
    for (const code of FAILURE_CODES) {
      const { retry, tries } = failureRule(code);
      if (tries !== undefined) expect(['backoff', 'verify']).toContain(retry);
    }
  });

  it('knows its own codes and no others', () => {
    expect(FAILURE_CODES.every(isFailureCode)).toBe(true);
    for (const other of ['', 'OK', 'auth_failed', 'toString', '__proto__'])
      expect(isFailureCode(other)).toBe(false);
  });
});
