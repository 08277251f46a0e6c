import type { DpId, ReleaseVersion, TenantId } from '../base/ids.js';
import { coversPlatform, notCovered, type ComputerGroup, uncoveredBy } from './release-coverage.js';

const how = { install: './install.sh', args: [], successCodes: [0], restartCodes: [] };
const releaseFor = (...names: string[]) => ({
  version: '2.0' as ReleaseVersion,
  platforms: Object.fromEntries(names.map((name) => [name, how])),
});
const group = (tenant: string, os: string | null, computers: number, dp = 'north'): ComputerGroup => ({
  tenant: tenant as TenantId,
  dp: dp as DpId,
  os,
  computers,
});

describe('a release', () => {
  it.each([
    [['windows-x64'], 'windows', true],
    [['windows'], 'windows', true],
    [['linux-x64', 'windows-arm64'], 'windows', true],
    [['linux', 'linux-arm64'], 'windows', false],
    [['windowsphone'], 'windows', false],
    [['linux'], null, true],
  ] as const)('for %p covers %p: %p', (names, platform, covers) => {
    expect(coversPlatform(releaseFor(...names), platform)).toBe(covers);
  });

  it('does not cover computers of other platforms, counted over all their DPs and systems', () => {
    const groups = [
      group('default', 'Windows 11 Pro', 3),
      group('default', 'Windows Server 2022', 4, 'south'),
      group('default', 'Debian GNU/Linux 12', 100),
      group('default', null, 50),
      group('acme', 'macOS 15', 9),
    ];
    expect(uncoveredBy(releaseFor('linux'), groups)).toEqual([
      { tenant: 'acme', platform: 'darwin', computers: 9 },
      { tenant: 'default', platform: 'windows', computers: 7 },
    ]);
    expect(uncoveredBy(releaseFor('linux', 'windows-x64', 'darwin'), groups)).toEqual([]);
  });

  it('is refused with the counts, and without the names of tenants that are not the caller’s', () => {
    const uncovered = uncoveredBy(releaseFor('linux'), [
      group('default', 'Windows 11', 3),
      group('acme', 'Windows 10', 2),
    ]);
    const own: TenantId[] = uncovered.map(({ tenant }) => tenant).filter((tenant) => tenant === 'acme');
    const error = notCovered(releaseFor('linux'), uncovered, own, 'default');
    expect(error).toMatchObject({
      code: 'WRONG_STATE',
      key: 'release.uncovered',
      params: { version: '2.0', count: 5, missing: 'Windows', platforms: 'linux' },
      faults: [
        { path: 'default', code: 'platform', params: { tenant: 'acme', count: 2, platform: 'Windows' } },
      ],
    });
  });
});
