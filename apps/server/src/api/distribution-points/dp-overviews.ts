import { Injectable } from '@nestjs/common';
import { accountsFor, clockFaultOf, opensAtEach, type DistributionPoint, type TenantScope } from '#domain';
import { AccountRepository, ComputerRepository, LocationRuleRepository, OrderRepository } from '#persistence';
import type { Plain } from '../../platform/http/plain.js';
import type { DpOverviewDto } from './dp-overview.dto.js';

/** What belongs to one DP: for the page that shows it alone. */
@Injectable()
export class DpOverviews {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly rules: LocationRuleRepository,
  ) {}

  async of(scope: TenantScope, dp: DistributionPoint): Promise<Plain<DpOverviewDto>> {
    const [accounts, computers, failures, rules] = await Promise.all([
      this.accounts.list(scope),
      this.computers.countsByStateOf(scope, dp.id),
      this.orders.failuresOf(scope, dp.id),
      this.rules.list(scope),
    ]);
    const clock = clockFaultOf(dp);
    return {
      accounts: accountsFor(accounts, dp).map((account) => ({
        id: account.id,
        label: account.label,
        tenant: account.tenant,
        sealed: opensAtEach(account, dp),
      })),
      computers: mostFirst(computers).map(([state, count]) => ({ state, count })),
      failures: mostFirst(failures).map(([code, count]) => ({ code, count })),
      locationRules: rules
        .filter((rule) => rule.dp === dp.id)
        .map(({ id, tenant, priority }) => ({ id, tenant, priority })),
      clock: clock && { off: clock.off, at: clock.at.toISOString() },
    };
  }
}

function mostFirst<Key>(counts: ReadonlyMap<Key, number>): [Key, number][] {
  return [...counts].toSorted(([, a], [, b]) => b - a);
}
