import { used, type Account, type AccountUse } from '../accounts/account.js';
import { beginLogin, endLogin, isProven, mayLogIn, pendingLogins, triedAtFirst } from './account-trial.js';
import { blamesAccount } from './brake.js';
import type { DpId, OrderId } from '../base/ids.js';
import { at } from '../../testing/sample-orders.js';

const LIMIT = 4;
const fresh = {
  id: 'a',
  tenant: 'default',
  label: 'a',
  username: 'a',
  domain: 'corp',
  kind: 'password',
  order: 1,
  scope: { dps: 'all' },
  sealed: [],
  lastUse: null,
  failures: [],
  createdAt: at(0),
  revision: 0,
} as unknown as Account;

const learnt = (account: Account, result: AccountUse['result'], seconds: number, order = 'o1'): Account =>
  endLogin(
    used(account, { order, round: 1, result, at: at(seconds) } as AccountUse, blamesAccount),
    order as OrderId,
  );

/** So many orders of many DPs ask in the same moment. @returns the account, and which of them may go */
function asked(account: Account, orders: number, seconds: number, limit = LIMIT) {
  const gone: OrderId[] = [];
  let so = account;
  for (let index = 0; index < orders; index += 1) {
    const order = `${seconds}-${index}` as OrderId;
    if (!mayLogIn(so, order, limit, at(seconds)).may) continue;
    gone.push(order);
    so = beginLogin(so, { order, dp: `dp-${index % 40}` as DpId, at: at(seconds) });
  }
  return { account: so, gone };
}

describe('an account that nobody knows to work', () => {
  it('is tried by two orders at once, over all DPs, until one of them is heard of', () => {
    const { account, gone } = asked(fresh, 100, 0);
    expect(gone).toHaveLength(2);
    expect(asked(account, 100, 30).gone).toEqual([]);
    expect(mayLogIn(account, 'other' as OrderId, LIMIT, at(30))).toEqual({ may: false, until: at(60) });
  });

  it('is tried by two more when nothing is heard of the first two for a minute', () => {
    const { account } = asked(fresh, 100, 0);
    const later = asked(account, 100, 60);
    expect(later.gone).toHaveLength(2);
    expect(pendingLogins(later.account, at(60))).toHaveLength(2);
  });

  it('is used by as many as the setting says once it has worked', () => {
    const { account } = asked(fresh, 100, 0);
    const proven = learnt(account, 'OK', 1, '0-0');
    // the other one is still under way
    expect(asked(proven, 100, 1).gone).toHaveLength(LIMIT - 1);
    // it was let in, whatever it may do then
    expect(isProven(learnt(fresh, 'NOT_ADMIN', 1))).toBe(true);
    expect(isProven(learnt(fresh, 'KEY_UNUSABLE', 1))).toBe(false);
  });

  it('matters only up to one that works: what comes after it is tried when that one fails', () => {
    const works = learnt(fresh, 'OK', 1);
    expect(triedAtFirst([fresh, works, fresh])).toEqual([fresh, works]);
    expect(triedAtFirst([works, fresh])).toEqual([works]);
    expect(triedAtFirst([fresh, fresh])).toHaveLength(2);
  });
});

describe('an account that works', () => {
  const works = learnt(fresh, 'OK', 1);

  it('is never in more logins at once than the setting says, whatever the number of DPs and orders', () => {
    const { account, gone } = asked(works, 400, 2);
    expect(gone).toHaveLength(LIMIT);
    const [first] = gone;
    if (!first) throw new Error('none went');
    expect(asked(learnt(account, 'OK', 3, first), 400, 3).gone).toHaveLength(1);
  });

  it('is asked for again as soon as a login of which nobody has heard counts as over', () => {
    const { account } = asked(asked(works, 1, 2).account, 400, 30);
    expect(mayLogIn(account, 'other' as OrderId, LIMIT, at(40))).toEqual({ may: false, until: at(62) });
    expect(mayLogIn(account, 'other' as OrderId, LIMIT, at(62))).toEqual({ may: true });
  });

  it('whose password was changed is refused at most as often as the setting says before its brake falls', () => {
    let { account, gone } = asked(works, 400, 2);
    let refusals = 0;
    // one refusal after the other is heard of, and whoever may goes on at once
    for (let seconds = 3; account.failures.length < 2 && gone.length > 0; seconds += 1) {
      const [first, ...others] = gone;
      if (!first) break;
      refusals += 1;
      const next = asked(learnt(account, 'AUTH_FAILED', seconds, first), 400, seconds);
      account = next.account;
      gone = [...others, ...next.gone];
    }
    expect(refusals + gone.length).toBeLessThanOrEqual(LIMIT);
  });

  it('is tried by one order at a time after its first refusal, until it works again', () => {
    const refused = learnt(works, 'AUTH_FAILED', 2);
    const { account, gone } = asked(refused, 400, 3);
    expect(gone).toHaveLength(1);
    expect(asked(learnt(account, 'OK', 4, gone[0]), 400, 4).gone).toHaveLength(LIMIT);
  });

  it('is not counted when the setting says any number, but again after a refusal', () => {
    expect(asked(works, 400, 2, 0).gone).toHaveLength(400);
    expect(asked(learnt(works, 'AUTH_FAILED', 2), 400, 3, 0).gone).toHaveLength(1);
    expect(asked(fresh, 400, 3, 0).gone).toHaveLength(2);
  });

  it('does not count an order that asks again for itself', () => {
    const { account, gone } = asked(works, LIMIT, 2);
    for (const order of gone) expect(mayLogIn(account, order, LIMIT, at(3))).toEqual({ may: true });
  });
});
