import * as fc from 'fast-check';
import {
  FAILURE_CODES,
  FAILURES,
  failureRule,
  isFailureCode,
  PHASES,
  RETRY_CLASSES,
  type FailureCode,
} from './failure.js';
import { retryAfter, type RetryQuestion } from './retry-policy.js';
import { at, NOW } from './sample-orders.js';

const MINUTE = 60;
const WEEK = 7 * 24 * 60 * MINUTE;

function ask(code: FailureCode, changes: Partial<RetryQuestion> = {}) {
  return retryAfter({
    code,
    attempt: 1,
    attempts: 5,
    sameCode: 1,
    now: NOW,
    expiresAt: at(WEEK),
    chance: 0.5,
    ...changes,
  });
}

/** The whole list, in words of the rule: class, and tries of the same failure where they are limited. */
const LIST: Record<FailureCode, string> = {
  DELIVERY_EXPIRED: 'fix',
  DP_DISABLED: 'fix',
  LEASE_LOST: 'verify',
  DP_INTERNAL: 'backoff 3',
  NAME_NOT_RESOLVED: 'backoff 3',
  WRONG_COMPUTER: 'never',
  HOST_UNREACHABLE: 'reachable',
  CONNECT_TIMEOUT: 'reachable',
  PORT_CLOSED: 'backoff 2',
  NOT_SSH: 'fix',
  HOST_KEY_UNKNOWN: 'fix',
  HOST_KEY_CHANGED: 'never',
  AUTH_FAILED: 'brake',
  ACCOUNT_LOCKED: 'brake',
  ACCOUNT_DISABLED_OR_EXPIRED: 'brake',
  PASSWORD_CHANGE_REQUIRED: 'brake',
  KEY_UNUSABLE: 'fix',
  NO_ACCOUNT: 'fix',
  ACCOUNT_UNSEALABLE: 'fix',
  NOT_ADMIN: 'fix',
  SUDO_PASSWORD_REQUIRED: 'fix',
  RELEASE_UNAVAILABLE: 'backoff 3',
  DIGEST_MISMATCH: 'brake',
  COPY_FAILED: 'backoff 3',
  DISK_FULL: 'fix',
  PATH_DENIED: 'fix',
  PLATFORM_UNSUPPORTED: 'never',
  PENDING_RESTART_BLOCKS: 'reachable',
  ALREADY_INSTALLED: 'done',
  NEWER_INSTALLED: 'done',
  WINDOW_CLOSED: 'waits',
  INSTALLER_BUSY: 'backoff',
  INSTALLER_FAILED: 'backoff 2',
  INSTALLER_KILLED: 'backoff 2',
  INSTALLER_REJECTED: 'brake',
  BLOCKED_BY_POLICY: 'fix',
  INSTALL_TIMEOUT: 'verify 2',
  OUTCOME_UNKNOWN: 'verify',
  RESTART_REQUIRED: 'done',
  RESTART_STARTED: 'done',
  REGISTER_TIMEOUT: 'fix',
  REGISTER_MISMATCH: 'never',
  REGISTER_TOKEN_SPENT: 'fix',
  ORDER_CANCELLED: 'never',
  COMPUTER_DELETED: 'never',
  UNKNOWN: 'backoff 3',
};

describe('the failure list', () => {
  it.each(Object.entries(LIST))('%s: %s', (code, rule) => {
    const { retry, tries } = failureRule(code as FailureCode);
    expect([retry, tries].filter((part) => part !== undefined).join(' ')).toBe(rule);
  });

  it('holds these codes and no other', () => {
    expect(FAILURE_CODES.toSorted()).toEqual(Object.keys(LIST).toSorted());
    expect(isFailureCode('UNKNOWN')).toBe(true);
    expect(isFailureCode('toString')).toBe(false);
    expect(isFailureCode('unknown')).toBe(false);
  });

  it('has a hint in both languages, a sentence each, and they differ', () => {
    for (const code of FAILURE_CODES) {
      const { en, de } = failureRule(code).hint;
      expect(en).toMatch(/^[A-Z].*\.$/);
      expect(de).toMatch(/^[A-ZÄÖÜ].*\.$/);
      expect(en).not.toBe(de);
    }
  });

  it('uses phases and classes that exist, and stands in the order of the phases', () => {
    const places = FAILURE_CODES.map((code) => failureRule(code).phase).filter((phase) => phase !== null);
    expect(PHASES).toEqual(expect.arrayContaining(places));
    expect(places.map((phase) => PHASES.indexOf(phase))).toEqual(
      places.map((phase) => PHASES.indexOf(phase)).toSorted((a, b) => a - b),
    );
    for (const code of FAILURE_CODES) expect(RETRY_CLASSES).toContain(FAILURES[code].retry);
  });
});

describe('after a failure', () => {
  it.each(FAILURE_CODES)('%s is treated as its class says', (code) => {
    const { retry } = failureRule(code);
    const decision = ask(code);
    const byClass = {
      backoff: { kind: 'again', costsAttempt: true, verify: false },
      verify: { kind: 'again', costsAttempt: true, verify: true },
      reachable: { kind: 'again', costsAttempt: false, verify: false },
      waits: { kind: 'again', costsAttempt: false, verify: false },
      fix: { kind: 'end', class: 'fix' },
      brake: { kind: 'end', class: 'brake' },
      never: { kind: 'end', class: 'never' },
      done: { kind: 'end', class: 'done' },
    } as const;
    expect(decision).toMatchObject(byClass[retry]);
  });

  it('waits 1, 5, 15, 60 minutes, then hourly', () => {
    const waits = [1, 2, 3, 4, 5, 6].map((sameCode) => ask('OUTCOME_UNKNOWN', { sameCode, attempts: 99 }));
    const minutes = waits.map((d) => (d.kind === 'again' ? (d.at.getTime() - NOW.getTime()) / 60_000 : null));
    expect(minutes).toEqual([1, 5, 15, 60, 60, 60]);
  });

  it('asks a busy installer again soon, however often it was busy', () => {
    const first = ask('INSTALLER_BUSY');
    const fourth = ask('INSTALLER_BUSY', { sameCode: 4, attempt: 4 });
    expect(first).toMatchObject({ kind: 'again', at: at(2 * MINUTE) });
    expect(fourth).toEqual(first);
  });

  it.each(FAILURE_CODES.filter((code) => failureRule(code).tries !== undefined))(
    '%s ends after its tries',
    (code) => {
      const tries = failureRule(code).tries ?? 0;
      expect(ask(code, { sameCode: tries - 1, attempt: tries - 1, attempts: 99 }).kind).toBe('again');
      expect(ask(code, { sameCode: tries, attempt: tries, attempts: 99 })).toEqual({
        kind: 'end',
        class: 'fix',
      });
    },
  );

  it('ends when the order has no attempts left', () => {
    expect(ask('OUTCOME_UNKNOWN', { attempt: 4, attempts: 5 }).kind).toBe('again');
    expect(ask('OUTCOME_UNKNOWN', { attempt: 5, attempts: 5 })).toEqual({ kind: 'end', class: 'fix' });
  });

  it('waits for an unreachable computer as long as the order lives, without counting', () => {
    expect(ask('HOST_UNREACHABLE', { attempt: 99, sameCode: 500 })).toMatchObject({
      kind: 'again',
      costsAttempt: false,
    });
  });

  it('never puts an order off beyond its expiry, and spreads waits by a fifth at most', () => {
    fc.assert(
      fc.property(
        fc.record({
          code: fc.constantFrom(...FAILURE_CODES),
          attempt: fc.integer({ min: 0, max: 10 }),
          attempts: fc.integer({ min: 1, max: 10 }),
          sameCode: fc.integer({ min: 1, max: 12 }),
          chance: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
          life: fc.integer({ min: 0, max: WEEK }),
        }),
        ({ life, ...question }) => {
          const expiresAt = at(life);
          const decision = ask(question.code, { ...question, expiresAt });
          const middle = ask(question.code, { ...question, chance: 0.5, expiresAt: at(2 * WEEK) });
          const wait = decision.kind === 'again' ? decision.at.getTime() - NOW.getTime() : null;
          const usual = middle.kind === 'again' ? middle.at.getTime() - NOW.getTime() : null;
          expect(wait === null || NOW.getTime() + wait < expiresAt.getTime()).toBe(true);
          expect(wait === null || (usual !== null && Math.abs(wait - usual) <= usual * 0.2 + 1)).toBe(true);
        },
      ),
    );
  });
});
