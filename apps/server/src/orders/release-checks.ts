import { Injectable } from '@nestjs/common';
import {
  coversDp,
  DomainError,
  installingDp,
  SERVER_DP,
  type Computer,
  type DistributionPoint,
  type DpId,
  type ReleaseVersion,
  type TenantId,
} from '#domain';
import { AccountRepository, ClientReleaseRepository, DistributionPointRepository } from '#persistence';
import { SettingsService } from '../settings/settings.service.js';

/** Everything a decision about a batch of computers needs, read once. */
export interface ReleaseContext {
  dps: ReadonlyMap<DpId, DistributionPoint>;
  /** By {@link placeOf}: those that have at least one account (R6). */
  withAccount: ReadonlySet<string>;
  /** By {@link placeOf}: what is installed where no release is named, or why nothing is. */
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
    const text = release
      ? `Client release ${wanted} is ${release.state}, not published.`
      : `There is no client release ${wanted}.`;
    throw new DomainError('VALIDATION_FAILED', text, [{ path: 'release', code: 'unknown', message: text }]);
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
    throw new DomainError(
      'WRONG_STATE',
      defaultRelease === null
        ? 'No client release is published as the default; publish one, or name the release.'
        : `Client release ${defaultRelease}, which the settings have as the default, is not published any more.`,
    );
  }

  async contextFor(computers: readonly Computer[]): Promise<ReleaseContext> {
    const ids = [...new Set(computers.map((c) => installingDp(c, SERVER_DP)))];
    const dps = new Map((await this.dps.findByIds(ids)).map((dp) => [dp.id, dp]));
    const withAccount = new Set<string>();
    const defaults = new Map<string, ReleaseVersion | DomainError>();
    for (const computer of computers) {
      const key = placeOf(computer);
      if (defaults.has(key)) continue;
      const found = this.defaultRelease(computer.tenant, installingDp(computer, SERVER_DP));
      defaults.set(key, await found.catch(onlyDomainError));
    }
    for (const tenant of new Set(computers.map((c) => c.tenant))) {
      const accounts = await this.accounts.list([tenant]);
      for (const dp of dps.values()) {
        const central = accounts.some((a) => a.tenant === tenant && coversDp(a, dp.id));
        if (central || (dp.agent?.localAccounts ?? 0) > 0) withAccount.add(`${tenant} ${dp.id}`);
      }
    }
    return { dps, withAccount, defaults };
  }
}

/** Tenant and installing DP, by which computers share what counts for them. */
export function placeOf(computer: Computer): string {
  return `${computer.tenant} ${installingDp(computer, SERVER_DP)}`;
}

function onlyDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  throw error;
}
