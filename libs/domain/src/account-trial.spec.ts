import { used, type Account, type AccountUse } from './account.js';
import { beginTrial, isProven, mayTry, unprovenFirst } from './account-trial.js';
import { blamesAccount } from './brake.js';
import type { DpId } from './ids.js';
import { at } from './sample-orders.js';

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
  used(account, { order, round: 1, result, at: at(seconds) } as AccountUse, blamesAccount);

/** So many DPs ask, one after the other, in the same moment. @returns the account, and who may try it */
function asked(account: Account, dps: number, seconds: number): { account: Account; may: number } {
  let may = 0;
  let so = account;
  for (let index = 0; index < dps; index += 1) {
    const answer = mayTry(so, `dp-${index}` as DpId, at(seconds));
    if (!answer.may) continue;
    may += 1;
    if (answer.counts) so = beginTrial(so, `dp-${index}` as DpId, at(seconds));
  }
  return { account: so, may };
}

describe('an account that nobody knows to work', () => {
  it('is tried by two DPs at first, and by twice as many after each five seconds without a word', () => {
    let account = fresh;
    const may = [0, 4, 5, 10, 15].map((seconds) => {
      const answers = asked(account, 100, seconds);
      account = answers.account;
      return answers.may;
    });
    expect(may).toEqual([2, 2, 4, 8, 16]);
    expect(mayTry(account, 'dp-99' as DpId, at(16))).toEqual({ may: false, until: at(20) });
  });

  it('is free for all when nobody says anything for long, and nobody is counted any more', () => {
    const { account } = asked(fresh, 100, 0);
    const late = asked(account, 100, 25);
    expect(late.may).toBe(100);
    expect(late.account.trials).toHaveLength(2);
  });

  it('is free for all as soon as it has worked once', () => {
    const { account } = asked(fresh, 100, 0);
    const proven = learnt(account, 'OK', 1);
    expect(proven.trials).toEqual([]);
    expect(asked(proven, 100, 1)).toMatchObject({ may: 100, account: { trials: [] } });
    // it was let in, whatever it may do then
    expect(isProven(learnt(fresh, 'NOT_ADMIN', 1))).toBe(true);
    expect(isProven(learnt(fresh, 'KEY_UNUSABLE', 1))).toBe(false);
  });

  it('is tried by no other DP for a minute after a refusal, however long nothing was heard before', () => {
    const refused = learnt(asked(fresh, 100, 0).account, 'AUTH_FAILED', 3);
    expect(asked(refused, 100, 59).may).toBe(2);
    const next = asked(refused, 100, 60);
    expect(next.may).toBe(3);
    expect(mayTry(next.account, 'dp-99' as DpId, at(61))).toEqual({ may: false, until: at(120) });
  });

  it('is on trial again when it fails after it has worked', () => {
    const failing = learnt(learnt(fresh, 'OK', 1), 'AUTH_FAILED', 2);
    expect(asked(failing, 100, 3).may).toBe(1);
  });

  it('matters only before one that works: what comes after it is tried when that one fails', () => {
    const works = learnt(fresh, 'OK', 1);
    expect(unprovenFirst([fresh, works, fresh])).toEqual([fresh]);
    expect(unprovenFirst([works, fresh])).toEqual([]);
    expect(unprovenFirst([fresh, fresh])).toHaveLength(2);
  });
});
