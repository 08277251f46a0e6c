import { Injectable } from '@nestjs/common';
import {
  beginLogin,
  endLogin,
  hasLocalAccounts,
  isProven,
  triedAtFirst,
  type Account,
  type AccountId,
  type DistributionPoint,
  type Hold,
  type InstallOrder,
  type OrderId,
} from '#domain';
import { AccountRepository, OptimisticLockError, retryWhenBeaten } from '#persistence';
import type { EligibilitySnapshot } from './eligibility-policy.js';

/** How soon an order is tried again whose account others kept changing. */
const LOST_RACE_MS = 2_000;

/** An order that the gate lets through, and the DP that asks for it. */
interface Going {
  order: InstallOrder;
  dp: DistributionPoint;
}

/**
 * Lets few orders at once log in with an account, over all DPs and servers: who is on the way is noted on the account
 * itself, by a guarded write before the order goes out.
 */
@Injectable()
export class AccountTrials {
  constructor(private readonly accounts: AccountRepository) {}

  /** Notes the logins of orders that are about to go out. @returns those that have to wait, and for what */
  async begin(going: readonly Going[], gate: EligibilitySnapshot, now: Date): Promise<Map<OrderId, Hold>> {
    const tenants = Map.groupBy(going, ({ order }) => order.tenant);
    const holds = await Promise.all([...tenants.values()].map((ofOne) => this.beginOf(ofOne, gate, now)));
    return new Map(holds.flatMap((ofOne) => [...ofOne]));
  }

  private async beginOf(
    going: readonly Going[],
    gate: EligibilitySnapshot,
    now: Date,
  ): Promise<Map<OrderId, Hold>> {
    /** On which accounts the attempt before has noted an order. */
    const noted = new Map<OrderId, readonly AccountId[]>();
    const attempt = async (): Promise<Map<OrderId, Hold> | undefined> => {
      const changed = new Set<AccountId>();
      const holds = new Map<OrderId, Hold>();
      for (const { order, dp } of going) {
        const before = noted.get(order.id) ?? [];
        const hold = gate.loginHold(order, dp);
        if (hold) {
          holds.set(order.id, hold);
          // nobody would hear of a login that does not begin
          for (const id of before) this.takeBack(id, order.id, gate);
        }
        const counted = hold ? [] : this.note(order, dp, gate, now);
        noted.set(order.id, counted);
        for (const id of [...before, ...counted]) changed.add(id);
      }
      return (await this.write([...changed], gate)) ? holds : undefined;
    };
    return retryWhenBeaten('accounts of a claim', attempt).catch((error: unknown) => {
      if (!(error instanceof OptimisticLockError)) throw error;
      // the claims of all the others are answered all the same
      const soon: Hold = { code: 'ACCOUNT_UNPROVEN', until: new Date(now.getTime() + LOST_RACE_MS) };
      return new Map(going.map(({ order }) => [order.id, soon]));
    });
  }

  private takeBack(id: AccountId, order: OrderId, gate: EligibilitySnapshot): void {
    const account = gate.account(id);
    if (account) gate.note(endLogin(account, order));
  }

  /** Goes on as if the order went out with its accounts. @returns those that count it */
  note(order: InstallOrder, dp: DistributionPoint, gate: EligibilitySnapshot, now: Date): AccountId[] {
    const counted = this.countedOf(order, dp, gate);
    for (const account of counted) gate.note(beginLogin(account, { order: order.id, dp: dp.id, at: now }));
    return counted.map(({ id }) => id);
  }

  /** The one account that an order can be tried with; null: there are several, or the DP has some of its own. */
  onlyOne(order: InstallOrder, dp: DistributionPoint, gate: EligibilitySnapshot): AccountId | null {
    const [only, ...others] = gate.accountsOf(order, dp);
    return only && others.length === 0 && !hasLocalAccounts(dp) ? only.id : null;
  }

  /** The accounts on which an order's login is noted. */
  countedOf(order: InstallOrder, dp: DistributionPoint, gate: EligibilitySnapshot): readonly Account[] {
    const isFree = gate.loginLimit(order) === 0;
    return triedAtFirst(gate.accountsOf(order, dp)).filter((account) => !(isFree && isProven(account)));
  }

  /** @returns false when somebody else has changed one; the gate goes on with all of them as they are now */
  private async write(ids: readonly AccountId[], gate: EligibilitySnapshot): Promise<boolean> {
    const written = await Promise.all(
      ids.map(async (id) => {
        const account = gate.account(id);
        return account ? this.accounts.replace(account) : null;
      }),
    );
    for (const account of written) if (account) gate.note(account);
    if (written.every((account) => account !== null)) return true;
    for (const account of await this.accounts.findByIds(ids)) gate.note(account);
    return false;
  }
}
