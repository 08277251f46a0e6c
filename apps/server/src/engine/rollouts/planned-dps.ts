import { Injectable } from '@nestjs/common';
import {
  applyBrakes,
  type Account,
  type Brake,
  commonOpening,
  type Computer,
  type DistributionPoint,
  DomainError,
  type DpId,
  hasLocalAccounts,
  type InstallOrder,
  lastSightingOf,
  type MaintenanceWindow,
  type ReleaseVersion,
  rolloutDp,
  type RolloutKind,
  type TenantId,
  usableAt,
} from '#domain';
import { AccountRepository, BrakeRepository, DistributionPointRepository } from '#persistence';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { onlyDomainError, ReleaseChecks } from '../commands/release-checks.js';
import { DpSilence } from '../eligibility/dp-silence.js';

/** A DP's part of a plan: what its orders will find there. */
export interface PlannedDp {
  dp: DpId;
  enabled: boolean;
  isSilent: boolean;
  /** Labels of the accounts that it can open, in the order in which they are tried. */
  accounts: string[];
  /** A brake holds back what the rollout would start here, or every account of it. */
  isBraked: boolean;
  /** When windows of rollout and DP are both open; null: never before its deadline. */
  opensAt: Date | null;
}

/** When a rollout hands out, and what. */
interface PlannedTimes {
  kind: RolloutKind;
  release: ReleaseVersion | null;
  windows: readonly MaintenanceWindow[];
  startAt: Date | null;
  deadline: Date | null;
}

/** Looks at the DPs of those whom a rollout would take. */
@Injectable()
export class PlannedDps {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly accounts: AccountRepository,
    private readonly brakes: BrakeRepository,
    private readonly checks: ReleaseChecks,
    private readonly settings: SettingsService,
    private readonly silence: DpSilence,
  ) {}

  async of(
    tenant: TenantId,
    computers: readonly Computer[],
    times: PlannedTimes,
    now: Date,
  ): Promise<Map<DpId, PlannedDp>> {
    const ids = [...new Set(computers.map((computer) => rolloutDp(times.kind, computer)))];
    const [found, accounts, brakes] = await Promise.all([
      this.dps.findByIds(ids),
      this.accounts.list([tenant]),
      this.brakes.open(),
    ]);
    const known = new Map(found.map((dp) => [dp.id, dp]));
    const planned = new Map<DpId, PlannedDp>();
    for (const id of ids) {
      const dp = known.get(id);
      const { pollInterval, windows } = await this.settings.forDp(tenant, id);
      const from = times.startAt && times.startAt > now ? times.startAt : now;
      const opensAt = commonOpening([windows, times.windows], from);
      planned.set(id, {
        dp: id,
        enabled: dp?.state === 'enabled',
        isSilent: this.silence.isOverdue((dp && lastSightingOf(dp)?.at) ?? null, pollInterval, now),
        accounts: dp ? accounts.filter((one) => usableAt(one, dp)).map(({ label }) => label) : [],
        isBraked:
          dp !== undefined &&
          isBraked(
            { tenant, release: await this.releaseAt(tenant, id, times), dp: id, kind: times.kind },
            dp,
            accounts,
            brakes,
          ),
        opensAt: opensAt && times.deadline && opensAt >= times.deadline ? null : opensAt,
      });
    }
    return planned;
  }

  private async releaseAt(
    tenant: TenantId,
    dp: DpId,
    { release }: PlannedTimes,
  ): Promise<ReleaseVersion | null> {
    if (release !== null) return release;
    const found = await this.checks.defaultRelease(tenant, dp).catch(onlyDomainError);
    // that there is none is an obstacle of its own
    return found instanceof DomainError ? null : found;
  }
}

function isBraked(
  order: Pick<InstallOrder, 'tenant' | 'release' | 'dp' | 'kind'>,
  dp: DistributionPoint,
  accounts: readonly Account[],
  brakes: readonly Brake[],
): boolean {
  const usable = accounts.filter((account) => usableAt(account, dp));
  return applyBrakes(brakes, order, accounts, usable, hasLocalAccounts(dp)).stoppedBy !== null;
}
