import { Injectable } from '@nestjs/common';
import {
  applyBrakes,
  coversDp,
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
    const brakes = await this.brakes.open();
    // which accounts an order has counts only when one is braked
    const tenants = brakes.some(({ scope }) => scope.account !== null)
      ? [...new Set(orders.map(({ tenant }) => tenant))]
      : [];
    const accounts = new Map<TenantId, Account[]>();
    for (const tenant of tenants) accounts.set(tenant, await this.accounts.list([tenant]));
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
    private readonly accounts: ReadonlyMap<TenantId, readonly Account[]>,
    private readonly windows: ReadonlyMap<string, readonly MaintenanceWindow[]>,
    private readonly now: Date,
  ) {}

  /** Why an order may not go out; null: it may. */
  holdOf(order: InstallOrder, dp: DistributionPoint | undefined): Hold | null {
    if (dp?.state !== 'enabled') {
      return { code: 'DP_DISABLED', until: null };
    }
    if (order.notBefore > this.now) return { code: 'NOT_BEFORE', until: order.notBefore };
    const stopped = this.brakesOn(order, dp).stoppedBy;
    if (stopped) return { code: 'BRAKE', until: null, brake: stopped.id };
    // a probe changes nothing on the computer
    const window = order.kind === 'probe' ? null : this.windowOf(order);
    return window && !window.open ? { code: 'WINDOW_CLOSED', until: window.opensAt } : null;
  }

  /** Whether an account of an order is braked. */
  isBraked(order: InstallOrder, dp: DistributionPoint, account: Account): boolean {
    const left = this.brakesOn(order, dp);
    if (left.stoppedBy) return true;
    const known = this.accounts.get(order.tenant);
    return known !== undefined && !left.accounts.some(({ id }) => id === account.id);
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
