import { type Platform, platformOf } from '../base/platform.js';
import { DomainError, type Fault } from '../base/errors.js';
import { inScope, type DpId, type TenantId, type TenantScope } from '../base/ids.js';
import type { ClientRelease } from './client-release.js';

/** Computers of one tenant and one DP that say the same of their operating system. */
export interface ComputerGroup {
  tenant: TenantId;
  /** The DP that their default client version is looked up by; null: the server DP's. */
  dp: DpId | null;
  os: string | null;
  computers: number;
}

/** Computers that a release has nothing for. */
export interface Uncovered {
  tenant: TenantId;
  platform: Platform;
  computers: number;
}

const NAMES: Readonly<Record<Platform, string>> = { windows: 'Windows', linux: 'Linux', darwin: 'macOS' };

/**
 * Whether a release has something for a platform, for whichever processor: `windows` and `windows-x64` both serve Windows.
 *
 * @param platform null: nobody knows what the computer runs, and nothing is refused for that
 */
export function coversPlatform(
  { platforms }: Pick<ClientRelease, 'platforms'>,
  platform: Platform | null,
): boolean {
  if (platform === null) return true;
  return Object.keys(platforms).some((name) => name === platform || name.startsWith(`${platform}-`));
}

/** Which of these computers a release has nothing for, by tenant and platform, most computers first. */
export function uncoveredBy(
  release: Pick<ClientRelease, 'platforms'>,
  groups: readonly ComputerGroup[],
): Uncovered[] {
  const found = new Map<string, Uncovered>();
  for (const { tenant, os, computers } of groups) {
    const platform = platformOf(os);
    if (platform === null || coversPlatform(release, platform)) continue;
    const key = `${tenant} ${platform}`;
    found.set(key, { tenant, platform, computers: (found.get(key)?.computers ?? 0) + computers });
  }
  return [...found.values()].toSorted(
    (a, b) => b.computers - a.computers || a.tenant.localeCompare(b.tenant),
  );
}

/**
 * A release that cannot be the default. Tenants that the caller may not see are counted, and not named.
 *
 * @param path of the field that asks for it
 */
export function notCovered(
  { version, platforms }: Pick<ClientRelease, 'version' | 'platforms'>,
  uncovered: readonly Uncovered[],
  scope: TenantScope,
  path: string,
): DomainError {
  const faults = uncovered
    .filter(({ tenant }) => inScope(scope, tenant))
    .map(({ tenant, platform, computers }): Fault => ({
      path,
      code: 'platform',
      key: 'release.uncoveredOfTenant',
      params: { tenant, count: computers, platform: NAMES[platform] },
    }));
  const params = {
    version,
    count: uncovered.reduce((sum, { computers }) => sum + computers, 0),
    missing: [...new Set(uncovered.map(({ platform }) => NAMES[platform]))].join(', '),
    platforms: Object.keys(platforms).join(', '),
  };
  return new DomainError('WRONG_STATE', 'release.uncovered', params, faults);
}
