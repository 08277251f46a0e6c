import { Injectable } from '@nestjs/common';
import {
  coversDp,
  DomainError,
  hasLocalAccounts,
  installingDp,
  SERVER_DP,
  usableAt,
  type Computer,
  type ComputerId,
  type DistributionPoint,
  type DpId,
  type ReleaseVersion,
  type TenantId,
} from '#domain';
import { AccountRepository, ClientReleaseRepository, DistributionPointRepository } from '#persistence';
import type { MessageDescriptor } from '#texts';
import { SettingsService } from '../../platform/settings/settings.service.js';

/** Everything a decision about a batch of computers needs, read once. */
export interface ReleaseContext {
  dps: ReadonlyMap<DpId, DistributionPoint>;
  /** By {@link scopeKey}: those that have at least one account (R6), and whether the DP can open one of them. */
  accounts: ReadonlyMap<string, 'usable' | 'not-sealed'>;
  /** By {@link scopeKey}: what is installed where no release is named, or why nothing is. */
  defaults: ReadonlyMap<string, ReleaseVersion | DomainError>;
}

@Injectable()
export class ReleaseChecks {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly accounts: AccountRepository,
    private readonly releases: ClientReleaseRepository,
    private readonly settings: SettingsService,
  ) {}

  /** @throws DomainError VALIDATION_FAILED when this release cannot be installed */
  async demandPublished(wanted: ReleaseVersion): Promise<ReleaseVersion> {
    const release = await this.releases.findById(wanted);
    if (release?.state === 'published') return release.version;
    const why: MessageDescriptor = release
      ? { key: 'release.notPublished', params: { version: wanted, state: release.state } }
      : { key: 'release.unknownVersion', params: { version: wanted } };
    const fault = { path: 'release', code: 'unknown', ...why };
    throw new DomainError('VALIDATION_FAILED', why.key, why.params, [fault]);
  }

  /**
   * What is installed where no release is named: the one in the settings of the DP or tenant, or else the default one.
   *
   * @throws DomainError WRONG_STATE when it cannot be installed
   */
  async defaultRelease(tenant: TenantId, dp: DpId): Promise<ReleaseVersion> {
    const { defaultRelease } = await this.settings.forDp(tenant, dp);
    const release =
      defaultRelease === null
        ? await this.releases.findDefault()
        : await this.releases.findById(defaultRelease as ReleaseVersion);
    if (release?.state === 'published') return release.version;
    throw defaultRelease === null
      ? new DomainError('WRONG_STATE', 'release.noDefault')
      : new DomainError('WRONG_STATE', 'release.defaultNotPublished', { version: defaultRelease });
  }

  /** What is installed on each where no release is named, or why nothing is. */
  async defaultsOf(
    computers: readonly Computer[],
    dpOf: (computer: Computer) => DpId,
  ): Promise<Map<ComputerId, ReleaseVersion | DomainError>> {
    const asked = new Map<string, Promise<ReleaseVersion | DomainError>>();
    const defaults = new Map<ComputerId, ReleaseVersion | DomainError>();
    for (const computer of computers) {
      const dp = dpOf(computer);
      const key = `${computer.tenant} ${dp}`;
      const found = asked.get(key) ?? this.defaultRelease(computer.tenant, dp).catch(onlyDomainError);
      asked.set(key, found);
      defaults.set(computer.id, await found);
    }
    return defaults;
  }

  async contextFor(computers: readonly Computer[]): Promise<ReleaseContext> {
    const ids = [...new Set(computers.map((c) => installingDp(c, SERVER_DP)))];
    const dps = new Map((await this.dps.findByIds(ids)).map((dp) => [dp.id, dp]));
    const withAccount = new Map<string, 'usable' | 'not-sealed'>();
    const found = await this.defaultsOf(computers, (one) => installingDp(one, SERVER_DP));
    const defaults = new Map<string, ReleaseVersion | DomainError>();
    for (const computer of computers) {
      const release = found.get(computer.id);
      if (release !== undefined) defaults.set(scopeKey(computer), release);
    }
    for (const tenant of new Set(computers.map((c) => c.tenant))) {
      const accounts = await this.accounts.list([tenant]);
      for (const dp of dps.values()) {
        const usable = hasLocalAccounts(dp) || accounts.some((account) => usableAt(account, dp));
        if (usable) withAccount.set(`${tenant} ${dp.id}`, 'usable');
        else if (accounts.some((account) => coversDp(account, dp.id)))
          withAccount.set(`${tenant} ${dp.id}`, 'not-sealed');
      }
    }
    return { dps, accounts: withAccount, defaults };
  }
}

/** Tenant and installing DP, by which computers share what counts for them. */
export function scopeKey(computer: Computer): string {
  return `${computer.tenant} ${installingDp(computer, SERVER_DP)}`;
}

/** Of an order that waits with `ACCOUNT_NOT_SEALED`. */
export function notSealedMessage(
  { hostName: name }: Pick<Computer, 'hostName'>,
  dp: DpId,
): MessageDescriptor {
  return { key: 'order.waitsForAccount', params: { name, dp } };
}

/** Of an order that waits with `DP_PLATFORM`. */
export function noMethodMessage(
  { hostName: name, inventory }: Pick<Computer, 'hostName' | 'inventory'>,
  dp: DpId,
): MessageDescriptor {
  return { key: 'order.waitsForPlatform', params: { name, dp, os: inventory.os ?? '' } };
}

export function noAccount(dp: DpId): DomainError {
  return dp === SERVER_DP
    ? new DomainError('NO_ACCOUNT', 'serverDp.noAccount')
    : new DomainError('NO_ACCOUNT', 'order.noAccount', { dp });
}

export function onlyDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
