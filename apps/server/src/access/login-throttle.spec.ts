import { DomainError } from '#domain';
import { LoginThrottle } from './login-throttle.js';

const START = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): Date => new Date(START + seconds * 1000);

describe('login throttle', () => {
  let throttle: LoginThrottle;
  beforeEach(() => {
    throttle = new LoginThrottle();
  });

  const isLetIn = (user: string, address: string, seconds: number): boolean => {
    try {
      throttle.demand(user, address, at(seconds), 10);
      return true;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'RATE_LIMITED') return false;
      throw error;
    }
  };
  /** Seconds until a user may try again, from an address that is not limited itself. */
  const wait = (seconds: number): number => {
    for (let waited = 0; waited < 1000; waited += 1) {
      if (isLetIn('eve', `10.1.${seconds}.${waited}`, seconds + waited)) return waited;
    }
    throw new Error('never');
  };

  it('lets a user wait after five failures, twice as long each time, up to five minutes', () => {
    for (let failure = 1; failure <= 5; failure += 1) expect(wait(0)).toBe(0);
    let now = 0;
    const waits: number[] = [];
    for (let failure = 0; failure < 11; failure += 1) {
      const waited = wait(now);
      now += waited;
      waits.push(waited);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  it('takes a name in another case for the same user', () => {
    const names = ['eve', 'Eve', 'EVE', 'eVe', 'evE'];
    for (const [index, name] of names.entries()) expect(isLetIn(name, `10.0.0.${index}`, 0)).toBe(true);
    expect(isLetIn('eVE', '10.0.0.9', 0)).toBe(false);
  });

  it('lets an address fail ten times a minute, whoever it names; others are not held up', () => {
    for (let failure = 0; failure < 10; failure += 1) {
      expect(isLetIn(`user-${failure}`, '10.0.0.1', failure)).toBe(true);
    }
    expect(isLetIn('admin', '10.0.0.1', 59)).toBe(false);
    expect(isLetIn('admin', '10.0.0.2', 59)).toBe(true);
    expect(isLetIn('admin', '10.0.0.1', 60)).toBe(true);
  });

  it('counts tries that are still under way, so that many at once gain nothing', () => {
    const tries = Array.from({ length: 100 }, (_, index) => isLetIn('eve', `10.0.0.${index}`, 0));
    expect(tries.filter(Boolean)).toHaveLength(5);
  });

  it('forgets failures of a user who logs in, and counts only failures of an address', () => {
    for (let round = 0; round < 50; round += 1) {
      expect(isLetIn('eve', '10.0.0.1', 0)).toBe(true);
      throttle.succeeded('Eve', '10.0.0.1');
    }
    for (let failure = 0; failure < 5; failure += 1) expect(isLetIn('eve', '10.0.0.1', 0)).toBe(true);
    expect(isLetIn('eve', '10.0.0.1', 0)).toBe(false);
  });
});
