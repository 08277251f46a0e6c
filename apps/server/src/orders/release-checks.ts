import { Injectable } from '@nestjs/common';
import { coversDp, installingDp, SERVER_DP, type Computer, type DistributionPoint, type DpId } from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';

/** Everything a decision about a batch of computers needs, read once. */
export interface ReleaseContext {
  dps: ReadonlyMap<DpId, DistributionPoint>;
  /** `<tenant> <dp>` of those that have at least one account (R6). */
  withAccount: ReadonlySet<string>;
}

@Injectable()
export class ReleaseChecks {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly accounts: AccountRepository,
  ) {}

  async contextFor(computers: readonly Computer[]): Promise<ReleaseContext> {
    const ids = [...new Set(computers.map((c) => installingDp(c, SERVER_DP)))];
    const dps = new Map((await this.dps.findByIds(ids)).map((dp) => [dp.id, dp]));
    const withAccount = new Set<string>();
    for (const tenant of new Set(computers.map((c) => c.tenant))) {
      const accounts = await this.accounts.list([tenant]);
      for (const dp of dps.values()) {
        const central = accounts.some((a) => a.tenant === tenant && coversDp(a, dp.id));
        if (central || (dp.agent?.localAccounts ?? 0) > 0) withAccount.add(`${tenant} ${dp.id}`);
      }
    }
    return { dps, withAccount };
  }
}
