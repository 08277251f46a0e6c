import * as fc from 'fast-check';
import { FAILURE_CODES, failureRule, type FailureCode } from './failure.js';
import { retryAfter, type RetryQuestion } from './retry-policy.js';
import { at, NOW } from '../../testing/sample-orders.js';

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
