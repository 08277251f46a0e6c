import {
  newDirectorySync,
  type Directory,
  type DirectoryId,
  type DirectorySync,
  type ImportRunId,
  type TenantId,
} from '#domain';
import { RolloutMemberRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { DirectoryReleases } from './directory-releases.js';

const HOUR_MS = 3_600_000;
const RUN = 'run-of-the-directory' as ImportRunId;
const BEGAN = new Date();

const directory: Directory = {
  id: 'd-1' as DirectoryId,
  tenant: 'default' as TenantId,
  name: 'Plant',
  url: 'ldaps://dc.plant.test',
  startTls: false,
  allowPlain: false,
  caPem: null,
  bindDn: 'CN=reader',
  sealedPassword: { keyId: 'k', blob: 'AAAA' },
  bases: ['DC=plant'],
  filter: null,
  policy: 'release',
  releasesPerHour: 4,
  createdAt: BEGAN,
  revision: 0,
};

describe('the policy "release" of a directory', () => {
  let server: TestServer;
  let releases: DirectoryReleases;
  let sync: DirectorySync;

  beforeAll(async () => {
    server = await startTestServer({ SWEEP_INTERVAL_MS: '50' });
    releases = server.app.get(DirectoryReleases);
    await enabledDp(server, 'north');
    await publishedRelease(server, '1.0', Buffer.from('client'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', account);
    await server.patch('/api/v1/settings', { rolloutFrom: 3 });
    const source = { kind: 'ad', run: RUN, row: 1, directory: directory.id } as const;
    for (let index = 0; index < 6; index += 1)
      await importedComputer(server, `plant-${index}`, 'north', { source });
    const owed = { runs: [RUN], at: BEGAN, hour: BEGAN, used: 0, refused: 0 };
    sync = { ...newDirectorySync(directory, BEGAN), releases: owed };
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  /** As the state says in so many hours. */
  const reservedAfter = (hours: number): ReturnType<DirectoryReleases['reserve']> =>
    releases.reserve(directory, sync, new Date(BEGAN.getTime() + hours * HOUR_MS));

  it('makes a rollout of what an hour has room for, while many wait', async () => {
    const lost = await reservedAfter(0);
    expect(lost).toMatchObject({ rollout: expect.any(String), sync: { releases: { used: 4 } } });
    // the server dies here: the places of this hour are used up, and nobody is lost
    ({ sync } = lost);
    // another server that looks before the rollout is made does not take it for lost
    expect(lost.sync.releases?.at.getTime()).toBeGreaterThan(BEGAN.getTime() + 60_000);
    expect((await reservedAfter(0.5)).computers).toEqual([]);
    const reserved = await reservedAfter(1);
    expect(reserved.computers).toEqual(lost.computers);
    await releases.release(directory, reserved);
    await releases.release(directory, reserved);
    const { body } = await server.get(`/api/v1/rollouts/${reserved.rollout}`);
    expect(body).toMatchObject({
      size: 4,
      requestedBy: 'Plant',
      waves: [{ size: 1 }, { size: 1 }, { size: 2 }],
    });
    const members = await server.app.get(RolloutMemberRepository).ofAny(reserved.computers);
    expect(members).toHaveLength(4);
    ({ sync } = reserved);
  }, 60_000);

  it('goes on when nobody of it waits any more, and takes none again that a person has left out', async () => {
    const [rollout] = sync.releases?.rollouts ?? [];
    expect(await reservedAfter(2)).toMatchObject({ computers: [], rollout: null });
    await server.post(`/api/v1/rollouts/${rollout}/pause`, {});
    expect(await reservedAfter(2)).toMatchObject({
      computers: [],
      sync: { releases: { rollouts: [rollout] } },
    });
    await server.post(`/api/v1/rollouts/${rollout}/abort`, {});
    await eventually(async () => {
      const { body } = await server.get(`/api/v1/rollouts/${rollout}`);
      expect(body.state).toBe('aborted');
    });
    // two are left, which is not many
    const rest = await reservedAfter(2);
    expect(rest).toMatchObject({ rollout: null, sync: { releases: { used: 2, rollouts: [] } } });
    expect(rest.computers).toHaveLength(2);
    await releases.release(directory, rest);
    ({ sync } = rest);
    // nobody is left, but more computers may come within this hour
    const kept = { used: 2, runs: [], at: new Date(BEGAN.getTime() + 3 * HOUR_MS) };
    expect((await reservedAfter(2.5)).sync.releases).toMatchObject(kept);
    expect((await reservedAfter(3)).sync.releases).toBeNull();
  }, 60_000);
});
