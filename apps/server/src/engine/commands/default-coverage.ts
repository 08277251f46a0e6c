import { Injectable } from '@nestjs/common';
import {
  type ClientRelease,
  type DpId,
  notCovered,
  SERVER_DP,
  type TenantId,
  type TenantScope,
  type Uncovered,
  uncoveredBy,
} from '#domain';
import { ComputerRepository, DistributionPointRepository } from '#persistence';
import { SettingsService, type StoredLayer } from '../../platform/settings/settings.service.js';

/** Whose default a release is to become: everybody's who has no other in the settings, or that of one layer of them. */
export type DefaultFor = { layer: null } | { layer: StoredLayer; tenant: TenantId | null; dp: DpId | null };

/**
 * Whether a release can be the default: it must have something for each computer that would get it. Computers whose DP installs by
 * a command of its site do not count, since what that can do only the site knows.
 */
@Injectable()
export class DefaultCoverage {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly dps: DistributionPointRepository,
    private readonly settings: SettingsService,
  ) {}

  /**
   * @param path of the field that asks for it
   * @throws DomainError WRONG_STATE with the counts
   */
  async demand(release: ClientRelease, wanted: DefaultFor, scope: TenantScope, path: string): Promise<void> {
    const uncovered = await this.uncovered(release, wanted);
    if (uncovered.length > 0) throw notCovered(release, uncovered, scope, path);
  }

  /** The computers that would get a release as their default, and that it has nothing for. */
  async uncovered(release: ClientRelease, wanted: DefaultFor): Promise<Uncovered[]> {
    const groups = (await this.groups(wanted)).filter((group) => uncoveredBy(release, [group]).length > 0);
    const dps = await this.dps.findByIds([...new Set(groups.map(({ dp }) => dp))]);
    const byCommand = new Set(
      dps.filter(({ agent }) => agent?.methods?.includes('command')).map(({ id }) => id),
    );
    const own = await this.settings.own(groups.flatMap(layersOf));
    return uncoveredBy(
      release,
      groups.filter((group) => {
        const nearest = layersOf(group).find(
          (layer) => layer === wanted.layer || own.get(layer)?.defaultRelease !== undefined,
        );
        return !byCommand.has(group.dp) && (nearest ?? null) === wanted.layer;
      }),
    );
  }

  private async groups(wanted: DefaultFor): Promise<Group[]> {
    const { tenant, dp } = wanted.layer === null ? { tenant: null, dp: null } : wanted;
    const found = await this.computers.groupsByOs(tenant);
    // those of nobody are the server DP's
    return found
      .map((group) => ({ ...group, dp: group.dp ?? SERVER_DP }))
      .filter((group) => dp === null || group.dp === dp);
  }
}

interface Group {
  tenant: TenantId;
  dp: DpId;
  os: string | null;
  computers: number;
}

/** The layers of settings that count for computers, the nearest first. */
function layersOf({ tenant, dp }: Group): StoredLayer[] {
  return [`dp:${dp}`, `tenant:${tenant}`, 'global'];
}
