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
} from '#domain';
import { AccountRepository, ClientReleaseRepository, DistributionPointRepository } from '#persistence';

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
    private readonly releases: ClientReleaseRepository,
  ) {}

  /**
   * The named release, or the default one.
   *
   * @throws DomainError VALIDATION_FAILED for an unknown release, WRONG_STATE when none is published
   */
  async releaseToInstall(wanted: ReleaseVersion | null): Promise<ReleaseVersion> {
    if (wanted) {
      const release = await this.releases.findById(wanted);
      if (release?.state === 'published') return release.version;
      const text = release
        ? `Client release ${wanted} is ${release.state}, not published.`
        : `There is no client release ${wanted}.`;
      throw new DomainError('VALIDATION_FAILED', text, [{ path: 'release', code: 'unknown', message: text }]);
    }
    const release = await this.releases.findDefault();
    if (!release) {
      throw new DomainError(
        'WRONG_STATE',
        'No client release is published as the default; publish one, or name the release.',
      );
    }
    return release.version;
  }

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
