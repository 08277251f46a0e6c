import { used, type Account, type AccountUse } from '../accounts/account.js';
import { applyBrakes, blamesAccount, brakeOnRelease, type Brake } from './brake.js';
import { FAILURE_CODES } from '../failures/failure.js';
import type { BrakeId } from '../base/ids.js';
import { at, newOrder } from '../../testing/sample-orders.js';

function account(id: string, changes: Partial<Account> = {}): Account {
  return {
    id,
    tenant: 'default',
    label: id,
    username: id,
    domain: null,
    kind: 'password',
    order: 1,
    scope: { dps: 'all' },
    sealed: [],
    lastUse: null,
    failures: [],
    createdAt: at(0),
    revision: 0,
    ...changes,
  } as Account;
}
function brake(scope: Partial<Brake['scope']>, cause: Brake['cause'] = null): Brake {
  return {
    id: `b-${JSON.stringify(scope)}` as BrakeId,
    tenant: null,
    scope: { account: null, release: null, dp: null, ...scope },
    cause,
    reason: '',
    evidence: [],
    openedBy: 'server',
    openedAt: at(0),
    lifted: null,
    revision: 0,
  };
}
const use = (order: string, result: AccountUse['result'], seconds: number, round = 1): AccountUse =>
  ({ order, round, result, at: at(seconds) }) as AccountUse;
const after = (...uses: AccountUse[]): number =>
  uses.reduce((so, one) => used(so, one, blamesAccount), account('a')).failures.length;

describe('the record of an account', () => {
  it('counts failures in a row, each once however often it is told', () => {
    expect(after(use('o1', 'AUTH_FAILED', 1), use('o1', 'AUTH_FAILED', 1))).toBe(1);
    expect(after(use('o1', 'AUTH_FAILED', 1), use('o1', 'AUTH_FAILED', 9, 2))).toBe(2);
    expect(after(use('o1', 'AUTH_FAILED', 1), use('o2', 'ACCOUNT_LOCKED', 2))).toBe(2);
  });

  it('starts anew with a success, also when the news come in another order', () => {
    expect(after(use('o1', 'AUTH_FAILED', 1), use('o2', 'OK', 2), use('o3', 'AUTH_FAILED', 3))).toBe(1);
    expect(after(use('o2', 'OK', 2), use('o1', 'AUTH_FAILED', 1))).toBe(0);
    expect(after(use('o3', 'AUTH_FAILED', 3), use('o2', 'OK', 2))).toBe(1);
  });

  it('blames the account for what is its own, not for the computer or the DP', () => {
    expect(FAILURE_CODES.filter(blamesAccount)).toEqual([
      'AUTH_FAILED',
      'ACCOUNT_LOCKED',
      'ACCOUNT_DISABLED_OR_EXPIRED',
      'PASSWORD_CHANGE_REQUIRED',
    ]);
    expect(after(use('o1', 'NOT_ADMIN', 1), use('o2', 'NOT_ADMIN', 2))).toBe(0);
  });

  it('does not write each success of a busy account', () => {
    const once = used(account('a'), use('o1', 'OK', 1), blamesAccount);
    expect(used(once, use('o2', 'OK', 2), blamesAccount)).toBe(once);
    expect(used(once, use('o3', 'OK', 100), blamesAccount)).toMatchObject({ lastUse: { order: 'o3' } });
  });
});

describe('brakes', () => {
  const order = newOrder();
  const [a, b] = [account('a'), account('b')];

  it('stop orders that share all their parts', () => {
    const stops = (scope: Partial<Brake['scope']>): boolean =>
      applyBrakes([brake(scope)], order, [a], [a], false).stoppedBy !== null;
    expect(stops({ dp: order.dp })).toBe(true);
    expect(stops({ dp: order.dp, release: order.release })).toBe(true);
    expect(stops({ release: '9.9.9' as never })).toBe(false);
    expect(stops({ dp: order.dp, release: '9.9.9' as never })).toBe(false);
    expect(stops({ account: a.id })).toBe(true);
    expect(stops({ account: a.id, dp: 'elsewhere' as never })).toBe(false);
  });

  it('take a braked account away, and everyone who logs in as the same user of the same domain', () => {
    const of = (id: string, username: string, domain: string | null): Account =>
      account(id, { username, domain });
    const [braked, twin, elsewhere] = [of('c', 'a', 'corp'), of('d', 'A', 'CORP'), of('e', 'a', 'other')];
    const left = (one: Account, ...others: Account[]): readonly Account[] | null => {
      const all = [one, ...others];
      const so = applyBrakes([brake({ account: one.id })], order, all, all, false);
      return so.stoppedBy ? null : so.accounts;
    };
    expect(left(braked, twin, elsewhere, a)).toEqual([elsewhere, a]);
    const [upn, sameUpn] = [of('f', 'a@corp.test', null), of('g', 'A@corp.test', null)];
    expect(left(upn, sameUpn, b)).toEqual([b]);
    // on each computer another user: the next password may be the right one
    const [local, nextPassword] = [of('h', 'root', null), of('i', 'root', null)];
    expect(left(local, nextPassword)).toEqual([nextPassword]);
  });

  it('stop an order whose only usable account they take, and none that could not be tried anyway', () => {
    expect(applyBrakes([brake({ account: a.id })], order, [a, b], [a], false).stoppedBy).not.toBeNull();
    expect(applyBrakes([brake({ account: a.id })], order, [a, b], [], false)).toEqual({
      stoppedBy: null,
      accounts: [],
    });
    // the one that is braked cannot be used here, but who logs in with it would be locked all the same
    const [braked, twin] = [
      account('j', { domain: 'corp' }),
      account('k', { username: 'j', domain: 'CORP' }),
    ];
    const so = applyBrakes([brake({ account: braked.id })], order, [braked, twin], [twin], false);
    expect(so.stoppedBy).not.toBeNull();
  });

  it('leave an order that its DP can try with accounts of its own, and a probe, which needs none', () => {
    const brakes = [brake({ account: a.id })];
    expect(applyBrakes(brakes, order, [a], [a], true)).toEqual({ stoppedBy: null, accounts: [] });
    expect(applyBrakes(brakes, newOrder({ kind: 'probe' }), [a], [a], false).stoppedBy).toBeNull();
  });

  it('are pulled on a release at the DP that got a damaged copy, and everywhere when a second one did', () => {
    const [release, dp] = [order.release, order.dp];
    expect(brakeOnRelease(order, 'INSTALLER_REJECTED', [])).toEqual({ account: null, release, dp: null });
    expect(brakeOnRelease(order, 'DIGEST_MISMATCH', [])).toEqual({ account: null, release, dp });
    const atOther = brake({ release, dp: 'site-b' as never }, 'DIGEST_MISMATCH');
    expect(brakeOnRelease(order, 'DIGEST_MISMATCH', [atOther])).toEqual({ account: null, release, dp: null });
    expect(brakeOnRelease(order, 'AUTH_FAILED', [])).toBeNull();
    expect(brakeOnRelease(order, 'DISK_FULL', [])).toBeNull();
  });
});
