import { Injectable } from '@nestjs/common';
import {
  applyBrakes,
  canInstallOn,
  DEFAULT_SETTINGS,
  hasLocalAccounts,
  holdOfRollout,
  isProven,
  lastSightingOf,
  mayLogIn,
  triedAtFirst,
  usableAt,
  windowState,
  type Account,
  type AccountId,
  type Brake,
  type DistributionPoint,
  type Hold,
  type InstallOrder,
  type MaintenanceWindow,
  type RolloutId,
  type Settings,
  type TenantId,
  type WindowState,
} from '#domain';
import { AccountRepository, BrakeRepository, RolloutRepository, type RolloutGate } from '#persistence';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { DpSilence } from './dp-silence.js';

/**
 * Says whether orders may go out: before their ticket is put on the queue, and again when a DP claims them. What it needs
 * is read once for many orders.
 */
@Injectable()
export class EligibilityPolicy {
  constructor(
    private readonly brakes: BrakeRepository,
    private readonly accounts: AccountRepository,
    private readonly rollouts: RolloutRepository,
    private readonly settings: SettingsService,
    private readonly silence: DpSilence,
  ) {}

  async look(orders: readonly InstallOrder[], now: Date): Promise<EligibilitySnapshot> {
    if (orders.length === 0)
      return new EligibilitySnapshot([], new Map(), new Map(), new Map(), this.silence, now);
    // a probe uses no account
    const tenants = new Set(orders.flatMap(({ kind, tenant }) => (kind === 'probe' ? [] : [tenant])));
    const rollouts = [...new Set(orders.flatMap(({ rollout }) => rollout ?? []))];
    const [brakes, found, gates] = await Promise.all([
      this.brakes.open(),
      tenants.size > 0 ? this.accounts.list([...tenants]) : [],
      rollouts.length > 0 ? this.rollouts.gates(rollouts) : [],
    ]);
    const accounts = Map.groupBy(found, ({ tenant }) => tenant);
    const settings = new Map<string, Settings>();
    for (const { tenant, dp } of orders) {
      const key = `${tenant} ${dp}`;
      if (!settings.has(key)) settings.set(key, await this.settings.forDp(tenant, dp));
    }
    const byRollout = new Map(gates.map((gate) => [gate.id, gate]));
    return new EligibilitySnapshot(brakes, accounts, byRollout, settings, this.silence, now);
  }
}

/** What the gate saw, for one moment. */
export class EligibilitySnapshot {
  private readonly states = new Map<readonly MaintenanceWindow[], WindowState>();

  constructor(
    private readonly brakes: readonly Brake[],
    private readonly accounts: ReadonlyMap<TenantId, Account[]>,
    private readonly rollouts: ReadonlyMap<RolloutId, RolloutGate>,
    private readonly settings: ReadonlyMap<string, Settings>,
    private readonly silence: DpSilence,
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
    // its part of the rollout is that of the DP at the end of its route
    const gate = order.rollout && this.rollouts.get(order.rollout);
    const paused = gate ? holdOfRollout(gate, order.route.at(-1) ?? order.dp, this.now) : null;
    if (paused) return paused;
    // a probe changes nothing on the computer, and uses no account
    if (order.kind === 'probe') return null;
    if (!canInstallOn(dp, order.platform ?? null)) return { code: 'DP_PLATFORM', until: null };
    if (braked.accounts.length === 0 && !hasLocalAccounts(dp))
      return { code: 'ACCOUNT_NOT_SEALED', until: null };
    const window = this.windowOf(order);
    if (window && !window.open) return { code: 'WINDOW_CLOSED', until: window.opensAt };
    // a ticket more on the queue does no harm where the account works: whoever claims it asks again
    return braked.accounts.some(isProven) ? null : this.loginHold(order, dp);
  }

  /** Whether an order has to wait until other logins with its accounts are known to have worked; null: it has not. */
  loginHold(order: InstallOrder, dp: DistributionPoint): Hold | null {
    const limit = this.loginLimit(order);
    for (const account of triedAtFirst(this.accountsOf(order, dp))) {
      const answer = mayLogIn(account, order.id, limit, this.now);
      if (!answer.may) return { code: 'ACCOUNT_UNPROVEN', until: answer.until };
    }
    return null;
  }

  /** Whether a DP has not asked for so long that it takes no ticket for now. */
  isAway({ tenant }: InstallOrder, dp: DistributionPoint): boolean {
    const { pollInterval } = this.settings.get(`${tenant} ${dp.id}`) ?? DEFAULT_SETTINGS;
    return this.silence.isOverdue(lastSightingOf(dp)?.at ?? null, pollInterval, this.now);
  }

  /** The setting `accountLogins` for an order. */
  loginLimit({ tenant, dp }: InstallOrder): number {
    return this.settings.get(`${tenant} ${dp}`)?.accountLogins ?? DEFAULT_SETTINGS.accountLogins;
  }

  /** The accounts that an order may be tried with, in their order: those that the DP can open with its present key. */
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

  account(id: AccountId): Account | undefined {
    for (const list of this.accounts.values()) {
      const found = list.find((account) => account.id === id);
      if (found) return found;
    }
    return undefined;
  }

  private brakesOn(order: InstallOrder, dp: DistributionPoint): ReturnType<typeof applyBrakes> {
    const accounts = this.accounts.get(order.tenant) ?? [];
    const usable = accounts.filter((account) => usableAt(account, dp));
    return applyBrakes(this.brakes, order, accounts, usable, hasLocalAccounts(dp));
  }

  private windowOf({ tenant, dp }: InstallOrder): WindowState | null {
    const windows = this.settings.get(`${tenant} ${dp}`)?.windows;
    if (!windows || windows.length === 0) return null;
    let state = this.states.get(windows);
    if (!state) this.states.set(windows, (state = windowState(windows, this.now)));
    return state;
  }
}
