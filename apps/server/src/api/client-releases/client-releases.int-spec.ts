import { createHash, randomBytes } from 'node:crypto';
import { RPC, type ReleaseFileAnswer } from '#contract';
import type { DpId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import { enabledDp, importedComputer, publishedRelease, rpc } from '../../../testing/fixtures.js';
import { startTestServer, type Answer, type TestServer } from '../../../testing/test-server.js';

const RELEASES = '/api/v1/client-releases';
const PLATFORMS = { linux: { install: './install.sh' } };
const content = randomBytes(700_000);
const sha256 = createHash('sha256').update(content).digest('hex');

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ RELEASE_MAX_BYTES: '1000000' });
});
afterAll(() => server.stop());

const upload = (version: string, payload: Buffer, platform = 'linux', headers: Record<string, string> = {}) =>
  server.call('PUT', `${RELEASES}/${version}/files/${platform}`, {
    payload,
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': `${platform}.tar.gz`, ...headers },
  });
const publish = (version: string) => server.patch(`${RELEASES}/${version}`, { state: 'published' });

describe('a client release', () => {
  it('goes from draft to published to withdrawn; the first one published is the default', async () => {
    const made = await server.post(RELEASES, { version: '1.0.0', platforms: PLATFORMS });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${RELEASES}/1.0.0` },
      body: {
        version: '1.0.0',
        state: 'draft',
        default: false,
        platforms: {
          linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [3010, 1641] },
        },
        files: [],
      },
    });
    expect(await publish('1.0.0')).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    expect(await upload('1.0.0', content)).toMatchObject({
      status: 200,
      body: { sha256, size: content.length },
    });
    expect(await publish('1.0.0')).toMatchObject({
      status: 200,
      body: { state: 'published', default: true },
    });
    expect(await upload('1.0.0', content)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE' } });
    expect(await server.del(`${RELEASES}/1.0.0`)).toMatchObject({ status: 409 });

    await publishedRelease(server, '2.0.0', content);
    expect((await server.get(`${RELEASES}/2.0.0`)).body.default).toBe(false);
    await server.patch(`${RELEASES}/2.0.0`, { default: true });
    const all = (await server.get(RELEASES)).body.items;
    expect(all.filter((one: { default: boolean }) => one.default)).toMatchObject([{ version: '2.0.0' }]);
    expect(await server.patch(`${RELEASES}/1.0.0`, { state: 'withdrawn' })).toMatchObject({
      body: { state: 'withdrawn' },
    });
    expect(await server.patch(`${RELEASES}/1.0.0`, { state: 'published' })).toMatchObject({ status: 409 });
    expect(await server.del(`${RELEASES}/1.0.0`)).toMatchObject({ status: 204 });
  });

  it('refuses what is no upload', async () => {
    await server.post(RELEASES, { version: 'bad', platforms: PLATFORMS });
    expect(await upload('bad', Buffer.alloc(0))).toMatchObject({ status: 400 });
    expect(await upload('bad', randomBytes(1_000_001))).toMatchObject({
      status: 413,
      body: { code: 'TOO_LARGE' },
    });
    expect(await upload('bad', content, 'windows')).toMatchObject({ status: 404 });
    expect(await upload('nowhere', content)).toMatchObject({ status: 404 });
    expect(await upload('bad', content, 'linux', { 'x-file-name': '../../etc/passwd' })).toMatchObject({
      status: 400,
    });
    expect(
      await upload('bad', Buffer.from('{}'), 'linux', { 'content-type': 'application/json' }),
    ).toMatchObject({
      status: 415,
      headers: { 'content-type': expect.stringContaining('application/problem+json') },
    });
    expect((await server.get(`${RELEASES}/bad`)).body.files).toEqual([]);
  });
});

describe('the default release', () => {
  const release = async (version: string, ...platforms: string[]) => {
    const how = { install: './install.sh' };
    await server.post(RELEASES, {
      version,
      platforms: Object.fromEntries(platforms.map((name) => [name, how])),
    });
    for (const name of platforms) expect((await upload(version, content, name)).status).toBe(200);
  };
  const computerWith = async (name: string, os: string | null, changes: object = {}) => {
    const unknown = { version: null, description: null, location: null, ou: null };
    const inventory = { os, ...unknown, enabled: null, lastLogon: null };
    return importedComputer(server, name, null, { inventory, ...changes });
  };
  const refusal = (count: number, ...faults: object[]) => ({
    status: 409,
    body: { code: 'WRONG_STATE', detail: expect.stringContaining(`${count} computer`), errors: faults },
  });
  const ofDefault = (message: string) => ({ path: 'default', code: 'platform', message });

  beforeAll(async () => {
    await server.post('/api/v1/tenants', { id: 'acme', name: 'Acme' });
    await enabledDp(server, 'by-command');
    await computerWith('WIN-1', 'Windows 11 Pro');
    await computerWith('WIN-2', 'Windows Server 2022');
    await computerWith('WIN-3', 'Windows 10', { tenant: 'acme' });
    await computerWith('WIN-4', 'Windows 10', { state: 'retired' });
    await computerWith('LIN-1', 'Debian GNU/Linux 12');
    await computerWith('ANY-1', null);
  });

  it('is refused where it has nothing for computers that would get it, with their number and platform', async () => {
    await release('4.0.0', 'linux');
    const wanted = { state: 'published', default: true };
    expect(await server.patch(`${RELEASES}/4.0.0`, wanted)).toMatchObject(
      refusal(
        3,
        ofDefault('has nothing for 2 computers of tenant default that run Windows'),
        ofDefault('has nothing for 1 computer of tenant acme that runs Windows'),
      ),
    );
    expect((await server.get(`${RELEASES}/4.0.0`)).body).toMatchObject({ state: 'draft', default: false });
    // it can be published, and named
    expect(await publish('4.0.0')).toMatchObject({ status: 200, body: { default: false } });
    expect(await server.patch(`${RELEASES}/4.0.0`, { default: true })).toMatchObject({ status: 409 });
  });

  it('has a file for each of their platforms, for whichever processor', async () => {
    await release('4.1.0', 'linux', 'windows-x64');
    expect(await publish('4.1.0')).toMatchObject({ status: 200 });
    expect(await server.patch(`${RELEASES}/4.1.0`, { default: true })).toMatchObject({
      status: 200,
      body: { default: true, platforms: { linux: {}, 'windows-x64': {} } },
    });
  });

  it('of a tenant or a DP is refused by its own computers, and counts for those alone that have no nearer one', async () => {
    const settingsOf = (tenant: string) => `/api/v1/tenants/${tenant}/settings`;
    const asked = { defaultRelease: '4.0.0' };
    expect(await server.patch(settingsOf('acme'), asked)).toMatchObject(
      refusal(1, {
        path: 'defaultRelease',
        code: 'platform',
        message: 'has nothing for 1 computer of tenant acme that runs Windows',
      }),
    );
    for (const tenant of ['default', 'acme'])
      expect(await server.patch(settingsOf(tenant), { defaultRelease: '4.1.0' })).toMatchObject({
        status: 200,
      });
    // nobody gets the common one any more
    expect(await server.patch(`${RELEASES}/4.0.0`, { default: true })).toMatchObject({ status: 200 });
    await server.patch(settingsOf('acme'), { defaultRelease: null });
    expect(await server.patch('/api/v1/settings', asked)).toMatchObject(refusal(1, expect.anything()));
  });

  it('is not asked of a DP that installs by a command of its site', async () => {
    const dps = server.app.get(DistributionPointRepository);
    const dp = await dps.findById('all', 'by-command' as DpId);
    if (!dp) throw new Error('no DP');
    await dps.replace({ ...dp, agent: { version: '1', os: 'linux', hostname: 'h', methods: ['command'] } });
    await computerWith('WIN-5', 'Windows 11', {
      dp: { fixed: dp.id, assigned: null, since: null, liftedAt: null },
    });
    const path = '/api/v1/distribution-points/by-command/settings';
    expect(await server.patch(path, { defaultRelease: '4.0.0' })).toMatchObject({ status: 200 });
    await enabledDp(server, 'by-hand');
    await computerWith('WIN-6', 'Windows 11', {
      dp: { fixed: 'by-hand', assigned: null, since: null, liftedAt: null },
    });
    const other = '/api/v1/distribution-points/by-hand/settings';
    expect(await server.patch(other, { defaultRelease: '4.0.0' })).toMatchObject({ status: 409 });
  });
});

describe('a download by a DP', () => {
  let answer: ReleaseFileAnswer;
  const download = (headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
    server.call(method, answer.path, { token: null, headers });
  const permit = (dp: string, file = 'client-3.0.0.tar.gz') =>
    rpc<ReleaseFileAnswer>(server, RPC.releaseFile, { dp, release: '3.0.0', file });

  beforeAll(async () => {
    await publishedRelease(server, '3.0.0', content);
    await enabledDp(server, 'munich');
    await enabledDp(server, 'idle');
    await server.post('/api/v1/accounts', { label: 'a', tenant: 'default', username: 'root', password: 'x' });
    const computer = await importedComputer(server, 'pc-1', 'munich');
    await server.post('/api/v1/computers/release', {
      computers: [computer.id],
      release: '3.0.0',
    });
    answer = await permit('munich');
  });

  it('is for DPs that have an open order with the release', async () => {
    expect(answer).toMatchObject({ name: 'client-3.0.0.tar.gz', size: content.length, sha256 });
    await expect(permit('idle')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(permit('munich', 'other.tar.gz')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('gives the whole file with its digest as ETag', async () => {
    const whole = await server.app.inject({ method: 'GET', url: answer.path });
    expect(whole).toMatchObject({
      statusCode: 200,
      headers: { etag: `"${sha256}"`, 'accept-ranges': 'bytes' },
    });
    expect(createHash('sha256').update(whole.rawPayload).digest('hex')).toBe(sha256);
    expect(await download({ 'if-none-match': `"${sha256}"` })).toMatchObject({ status: 304, text: '' });
  });

  it('gives a part of it', async () => {
    const part = await server.app.inject({
      method: 'GET',
      url: answer.path,
      headers: { range: 'bytes=300000-300099' },
    });
    expect(part).toMatchObject({
      statusCode: 206,
      headers: { 'content-range': `bytes 300000-300099/${content.length}`, 'content-length': '100' },
    });
    expect(part.rawPayload.equals(content.subarray(300_000, 300_100))).toBe(true);
    expect(await download({ range: 'bytes=700000-' })).toMatchObject({
      status: 416,
      headers: { 'content-range': `bytes */${content.length}` },
    });
    expect(await download({ range: 'bytes=0-9', 'if-range': '"changed"' })).toMatchObject({ status: 200 });
  });

  it('tells size and digest without the content', async () => {
    expect(await download({}, 'HEAD')).toMatchObject({
      status: 200,
      text: '',
      headers: { etag: `"${sha256}"`, 'content-length': String(content.length) },
    });
  });

  it('is nothing that somebody else can make a path for', async () => {
    for (const path of [
      answer.path.replace(/token=(.)/, (_, first) => `token=${first === 'A' ? 'B' : 'A'}`),
      answer.path.replace(/until=\d/, 'until=9'),
      answer.path.split('?')[0] ?? '',
    ]) {
      expect(await server.get(path, { token: null })).toMatchObject({ status: 403 });
    }
  });

  it('ends when the DP is disabled', async () => {
    await server.post('/api/v1/distribution-points/munich/disable');
    await expect(permit('munich')).rejects.toMatchObject({ code: 'DP_DISABLED' });
  });
});
