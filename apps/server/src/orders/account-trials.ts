import { Injectable } from '@nestjs/common';
import {
  beginTrial,
  isProven,
  mayTry,
  unprovenFirst,
  type Account,
  type AccountId,
  type DistributionPoint,
  type Hold,
  type InstallOrder,
} from '#domain';
import { AccountRepository } from '#persistence';
import type { GateView } from './order-gate.js';
import { LostRace } from './lost-race.js';

const TRIES = 5;

/** Lets few DPs at once begin with an account that is not known to work; they are noted on the account itself. */
@Injectable()
export class AccountTrials {
  constructor(private readonly accounts: AccountRepository) {}

  /** Before an order goes to a DP that the gate lets through. @returns why it may not go; null: it may */
  async begin(order: InstallOrder, dp: DistributionPoint, gate: GateView, now: Date): Promise<Hold | null> {
    for (const account of unprovenFirst(gate.accountsOf(order, dp))) {
      const hold = await this.beginWith(account, dp, gate, now);
      if (hold) return hold;
    }
    return null;
  }

  /** The one account that an order is tried with, when it is not known to work; null: it is, or there are several. */
  onTrial(order: InstallOrder, dp: DistributionPoint, gate: GateView): AccountId | null {
    const [only, ...others] = gate.accountsOf(order, dp);
    const isOnly = only && others.length === 0 && (dp.agent?.localAccounts ?? 0) === 0;
    return isOnly && !isProven(only) ? only.id : null;
  }

  private async beginWith(
    known: Account,
    dp: DistributionPoint,
    gate: GateView,
    now: Date,
  ): Promise<Hold | null> {
    let account: Account | undefined = known;
    for (let attempt = 0; attempt < TRIES && account; attempt += 1) {
      gate.note(account);
      const answer = mayTry(account, dp.id, now);
      if (!answer.may) return { code: 'ACCOUNT_UNPROVEN', until: answer.until };
      if (!answer.counts) return null;
      const written = await this.accounts.replace(beginTrial(account, dp.id, now));
      if (written) {
        gate.note(written);
        return null;
      }
      [account] = await this.accounts.findByIds([known.id]);
    }
    if (!account) return null;
    throw new LostRace(`account ${known.id}`);
  }
}
