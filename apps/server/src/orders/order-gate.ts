import { Injectable } from '@nestjs/common';
import {
  applyBrakes,
  coversDp,
  mayTry,
  unprovenFirst,
  windowState,
  type Account,
  type Brake,
  type DistributionPoint,
  type Hold,
  type InstallOrder,
  type MaintenanceWindow,
  type TenantId,
  type WindowState,
} from '#domain';
import { AccountRepository, BrakeRepository } from '#persistence';
import { SettingsService } from '../settings/settings.service.js';

/**
 * Says whether orders may go out: before their ticket is put on the queue, and again when a DP claims them. What it needs
 * is read once for many orders.
 */
@Injectable()
export class OrderGate {
  constructor(
    private readonly brakes: BrakeRepository,
    private readonly accounts: AccountRepository,
    private readonly settings: SettingsService,
  ) {}

  async look(orders: readonly InstallOrder[], now: Date): Promise<GateView> {
    if (orders.length === 0) return new GateView([], new Map(), new Map(), now);
    // a probe uses no account
    const tenants = new Set(orders.flatMap(({ kind, tenant }) => (kind === 'probe' ? [] : [tenant])));
    const [brakes, found] = await Promise.all([
      this.brakes.open(),
      tenants.size > 0 ? this.accounts.list([...tenants]) : [],
    ]);
    const accounts = Map.groupBy(found, ({ tenant }) => tenant);
    const windows = new Map<string, readonly MaintenanceWindow[]>();
    for (const { tenant, dp } of orders) {
      const key = `${tenant} ${dp}`;
      if (!windows.has(key)) windows.set(key, (await this.settings.forDp(tenant, dp)).windows);
    }
    return new GateView(brakes, accounts, windows, now);
  }
}

/** What the gate saw, for one moment. */
export class GateView {
  private readonly states = new Map<readonly MaintenanceWindow[], WindowState>();

  constructor(
    private readonly brakes: readonly Brake[],
    private readonly accounts: ReadonlyMap<TenantId, Account[]>,
    private readonly windows: ReadonlyMap<string, readonly MaintenanceWindow[]>,
    private readonly now: Date,
  ) {}

  /** Why an order may not go out; null: it may. */
  holdOf(order: InstallOrder, dp: DistributionPoint | undefined): Hold | null {
    if (dp?.state !== 'enabled') {
      return { code: 'DP_DISABLED', until: null };
    }
    if (order.notBefore > this.now) return { code: 'NOT_BEFORE', until: order.notBefore };
    const braked = this.brakesOn(order, dp);
    if (braked.stoppedBy) return { code: 'BRAKE', until: null, brake: braked.stoppedBy.id };
    // a probe changes nothing on the computer, and uses no account
    if (order.kind === 'probe') return null;
    const window = this.windowOf(order);
    if (window && !window.open) return { code: 'WINDOW_CLOSED', until: window.opensAt };
    for (const account of unprovenFirst(braked.accounts)) {
      const answer = mayTry(account, dp.id, this.now);
      if (!answer.may) return { code: 'ACCOUNT_UNPROVEN', until: answer.until };
    }
    return null;
  }

  /** The accounts that an order may be tried with, in their order. */
  accountsOf(order: InstallOrder, dp: DistributionPoint): readonly Account[] {
    const left = this.brakesOn(order, dp);
    return left.stoppedBy || order.kind === 'probe' ? [] : left.accounts;
  }

  /** Goes on with an account as it is now. */
  note(account: Account): void {
    const known = this.accounts.get(account.tenant) ?? [];
    const index = known.findIndex(({ id }) => id === account.id);
    if (index !== -1) known[index] = account;
  }

  private brakesOn(order: InstallOrder, dp: DistributionPoint): ReturnType<typeof applyBrakes> {
    const accounts = (this.accounts.get(order.tenant) ?? []).filter((account) => coversDp(account, dp.id));
    return applyBrakes(this.brakes, order, accounts, (dp.agent?.localAccounts ?? 0) > 0);
  }

  private windowOf({ tenant, dp }: InstallOrder): WindowState | null {
    const windows = this.windows.get(`${tenant} ${dp}`);
    if (!windows || windows.length === 0) return null;
    let state = this.states.get(windows);
    if (!state) this.states.set(windows, (state = windowState(windows, this.now)));
    return state;
  }
}
