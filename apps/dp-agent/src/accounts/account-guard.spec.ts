import { AccountGuard } from './account-guard.js';
import type { FailureCode } from '../failures/failure.js';

let now: number;
let guard: AccountGuard;
const live = new AbortController().signal;
const secret = { username: 'a', password: 'p' };
beforeEach(() => {
  now = 1_000_000;
  guard = new AccountGuard(() => now);
});

async function login(result: FailureCode | 'OK' | null, isLocal = false, account = secret): Promise<boolean> {
  const { go } = await guard.turn(account, isLocal, live);
  if (go) guard.done(account, result);
  return go;
}
/** Whether it is settled within the turn of the event loop. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => (settled = true));
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('an account', () => {
  it.each([true, false])(
    'is left alone after two refusals in a row (kept on the DP: %p)',
    async (isLocal) => {
      expect(await login('AUTH_FAILED', isLocal)).toBe(true);
      expect(await login('ACCOUNT_LOCKED', isLocal)).toBe(true);
      expect(await guard.turn(secret, isLocal, live)).toEqual({ go: false, because: 'ACCOUNT_LOCKED' });
      // the server's brake has taken over by then; for those of the DP there is none
      now += 61_000;
      expect(await login('AUTH_FAILED', isLocal)).toBe(!isLocal);
      expect(await login('OK', isLocal)).toBe(false);
    },
  );

  it('with another password is tried again', async () => {
    for (const _ of [1, 2]) await login('AUTH_FAILED', true);
    expect(await login('OK', true)).toBe(false);
    expect(await login('OK', true, { ...secret, password: 'q' })).toBe(true);
  });

  it('counts anew after a login, and not what is no fault of its own', async () => {
    await login('AUTH_FAILED');
    await login('OK');
    await login('AUTH_FAILED');
    for (const result of ['CONNECT_TIMEOUT', 'NOT_ADMIN', null] as const) await login(result);
    expect(await login('AUTH_FAILED')).toBe(true);
    expect(await login('OK')).toBe(false);
  });

  it('is tried by one at a time until it has proven itself, then by two', async () => {
    expect(await guard.turn(secret, false, live)).toEqual({ go: true });
    const second = guard.turn(secret, false, live);
    expect(await isSettled(second)).toBe(false);
    guard.done(secret, 'OK');
    expect(await second).toEqual({ go: true });
    expect(await guard.turn(secret, false, live)).toEqual({ go: true });
    const fourth = guard.turn(secret, false, live);
    expect(await isSettled(fourth)).toBe(false);
    // both under way are refused: those that waited must not be the third
    guard.done(secret, 'AUTH_FAILED');
    expect(await isSettled(fourth)).toBe(false);
    guard.done(secret, 'AUTH_FAILED');
    expect(await fourth).toMatchObject({ go: false });
  });

  it('is not waited for by an order that was stopped', async () => {
    await guard.turn(secret, false, live);
    const stop = new AbortController();
    const waiting = guard.turn(secret, false, stop.signal);
    stop.abort('cancel');
    expect(await waiting).toMatchObject({ go: false });
  });
});
