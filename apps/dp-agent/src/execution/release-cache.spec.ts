import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WireReleaseFile } from '#contract';
import { generateSigningKeyPair, makeDpToken, publicKeyText, sha256 } from '#sealing';
import { TestGateway } from '../../testing/gateway.js';
import { Backoff } from '../base/backoff.js';
import { GatewayClient } from '../protocol/gateway-client.js';
import { ReleaseCache } from './release-cache.js';
import { expectServerErrors } from '../../../../tools/testing/server-errors.js';

// what the gateway of these tests answers while it is away
expectServerErrors(503);

let folder: string;
let gateway: TestGateway;
let client: GatewayClient;
let bytes: Buffer;
let file: WireReleaseFile;
const ending = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-'));
  gateway = new TestGateway();
  await gateway.start();
  const keys = generateSigningKeyPair();
  gateway.signingKey = publicKeyText(keys.publicKey);
  client = new GatewayClient({
    url: gateway.url,
    token: () => makeDpToken(gateway.dp, keys.privateKey, new Date()),
  });
  bytes = randomBytes(300_000);
  const url = '/dp/v1/releases/1/files/a';
  gateway.files.set(url, bytes);
  file = { platform: 'linux', name: 'a', url, size: bytes.length, sha256: sha256(bytes) };
});
afterEach(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true });
});

const cache = (limit = 10_000_000) =>
  new ReleaseCache(folder, client, limit, ending.signal, () => new Backoff(0.01, 0.02));
const failure = (code: string) => expect.objectContaining({ code }) as unknown;

describe('the release cache', () => {
  it('downloads a file once, however many ask for it, and keeps it for later', async () => {
    const one = cache();
    const paths = await Promise.all([one.fetch(file), one.fetch(file), one.fetch(file)]);
    expect(new Set(paths).size).toBe(1);
    expect(await readFile(paths[0] ?? '')).toEqual(bytes);
    await cache().fetch(file);
    expect(gateway.downloads).toHaveLength(1);
    expect(await readdir(folder)).toEqual([file.sha256]);
  });

  it('goes on where a download broke off', async () => {
    gateway.misbehave.files.push('cut', { status: 503 }, 'cut');
    expect(await readFile(await cache().fetch(file))).toEqual(bytes);
    // what had not been read when the connection went is lost: never less than before, not always all that was sent
    const starts = gateway.downloads.map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0));
    expect(starts).toHaveLength(3);
    expect(starts).toEqual(starts.toSorted((one, other) => one - other));
  });

  it('goes on when something on the way has answered in place of the gateway', async () => {
    const blocked = { status: 403, body: '<html>blocked</html>', headers: { 'content-type': 'text/html' } };
    gateway.misbehave.files.push(blocked, blocked);
    expect(await readFile(await cache().fetch(file))).toEqual(bytes);
  });

  it('goes on after a restart of the agent too', async () => {
    await writeFile(join(folder, `${file.sha256}.part`), bytes.subarray(0, 100));
    expect(await readFile(await cache().fetch(file))).toEqual(bytes);
    expect(gateway.downloads).toEqual([{ range: 'bytes=100-' }]);
  });

  it('never gives out a file with another digest, fresh or kept', async () => {
    gateway.files.set(file.url, Buffer.concat([bytes.subarray(0, -1), Buffer.from('x')]));
    await expect(cache().fetch(file)).rejects.toEqual(failure('DIGEST_MISMATCH'));
    expect(await readdir(folder)).toEqual([]);
    gateway.files.set(file.url, bytes);
    const path = await cache().fetch(file);
    const spoilt = Buffer.from(bytes);
    spoilt[5] = (spoilt[5] ?? 0) ^ 1;
    await writeFile(path, spoilt);
    expect(await readFile(await cache().fetch(file))).toEqual(bytes);
  });

  it('notices a file that was changed while the agent runs', async () => {
    const one = cache();
    const path = await one.fetch(file);
    await writeFile(path, randomBytes(bytes.length));
    expect(await readFile(await one.fetch(file))).toEqual(bytes);
  });

  it('does not take more bytes than the order says', async () => {
    gateway.files.set(file.url, Buffer.concat([bytes, bytes]));
    await expect(cache().fetch(file)).rejects.toEqual(failure('RELEASE_UNAVAILABLE'));
  });

  it('says that a file is not there', async () => {
    await expect(cache().fetch({ ...file, url: '/dp/v1/releases/1/files/none' })).rejects.toEqual(
      failure('RELEASE_UNAVAILABLE'),
    );
    expect(gateway.downloads).toHaveLength(1);
  });

  it('shows its token to the gateway alone', async () => {
    const other = new TestGateway();
    await other.start();
    await expect(cache().fetch({ ...file, url: `${other.url}/x` })).rejects.toEqual(
      failure('RELEASE_UNAVAILABLE'),
    );
    expect(other.downloads).toEqual([]);
    await other.stop();
  });

  it('drops what was not used for longest when there is no room', async () => {
    const old = join(folder, 'a'.repeat(64));
    const young = join(folder, 'b'.repeat(64));
    for (const path of [old, young]) await writeFile(path, randomBytes(100_000));
    await utimes(old, 1, 1);
    await cache(450_000).fetch(file);
    expect((await readdir(folder)).toSorted()).toEqual([file.sha256, 'b'.repeat(64)].toSorted());
    await expect(cache(1000).fetch({ ...file, sha256: 'c'.repeat(64) })).rejects.toEqual(
      failure('RELEASE_UNAVAILABLE'),
    );
  });
});
