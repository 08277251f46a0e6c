import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatesFor } from './certificates.ts';
import { downloadMongod } from './mongod-download.ts';

const folder = mkdtempSync(join(tmpdir(), 'mongod-download-'));
const before = { ...process.env };
let server: Server | undefined;

afterEach(async () => {
  process.env = { ...before };
  const ended = server;
  server = undefined;
  ended?.closeAllConnections();
  await new Promise((resolve) => (ended === undefined ? resolve(undefined) : ended.close(resolve)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An archive as MongoDB publishes them, with a script in place of the program. */
function archiveOf(script: string): Buffer {
  const bin = join(mkdtempSync(join(folder, 'archive-')), 'mongodb-linux', 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'mongod'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'mongod'), 0o755);
  execFileSync('tar', [
    '-C',
    join(bin, '..', '..'),
    '-czf',
    join(bin, '..', 'archive.tgz'),
    'mongodb-linux/bin',
  ]);
  return readFileSync(join(bin, '..', 'archive.tgz'));
}

/** A file server with a certificate of our own; gives the requests that it got. */
async function serve(archive: Buffer, options: { trusted: boolean; sum?: string }): Promise<string[]> {
  const requests: string[] = [];
  const tls = mkdtempSync(join(folder, 'tls-'));
  const { ca, certificate, key } = certificatesFor(tls, 'localhost', '127.0.0.1');
  const sum = options.sum ?? createHash('md5').update(archive).digest('hex');
  server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (request, response) => {
    requests.push(request.url ?? '');
    const body = request.url?.endsWith('.md5') === true ? Buffer.from(`${sum}  archive.tgz\n`) : archive;
    response.writeHead(200, { 'content-length': body.length }).end(body);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server?.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  process.env.MONGOMS_DOWNLOAD_MIRROR = `https://localhost:${port}`;
  if (options.trusted) process.env.NODE_EXTRA_CA_CERTS = ca;
  return requests;
}

const newFolder = (): string => join(mkdtempSync(join(folder, 'state-')), 'mongod');
const say = (): void => {};

describe('a downloaded mongod', () => {
  it('is fetched once, by a server that proves who it is, with its sum compared', async () => {
    const requests = await serve(archiveOf('echo "db version v8.0.13"'), { trusted: true });
    const place = newFolder();
    const first = await downloadMongod({ folder: place, say });
    expect(first).toEqual({ path: expect.stringContaining(place) as string });
    expect(requests).toEqual([
      expect.stringMatching(/^\/linux\/mongodb-linux-.*8\.0\.13\.tgz$/) as string,
      expect.stringMatching(/\.tgz\.md5$/) as string,
    ]);
    expect(await downloadMongod({ folder: place, say })).toEqual(first);
    expect(requests).toHaveLength(2);
  }, 60_000);

  it('is not taken from a server that does not prove who it is', async () => {
    await serve(archiveOf('echo "db version v8.0.13"'), { trusted: false });
    const place = newFolder();
    expect(await downloadMongod({ folder: place, say })).toEqual({
      passed: expect.stringMatching(/cannot be downloaded \(.*certificate/i) as string,
    });
    expect(existsSync(place)).toBe(false);
  }, 60_000);

  it('is not taken when its sum is another', async () => {
    await serve(archiveOf('echo "db version v8.0.13"'), { trusted: true, sum: '0'.repeat(32) });
    expect(await downloadMongod({ folder: newFolder(), say })).toEqual({
      passed: expect.stringMatching(/cannot be downloaded \(.*MD5/i) as string,
    });
  }, 60_000);

  it('that does not run here is passed over with its own words', async () => {
    await serve(archiveOf('echo "Illegal instruction" >&2; exit 132'), { trusted: true });
    expect(await downloadMongod({ folder: newFolder(), say })).toEqual({
      passed: 'the downloaded mongod does not run here (Illegal instruction)',
    });
  }, 60_000);

  it('is passed over where nobody answers', async () => {
    process.env.MONGOMS_DOWNLOAD_MIRROR = 'https://127.0.0.1:1';
    expect(await downloadMongod({ folder: newFolder(), say })).toEqual({
      passed: expect.stringContaining('ECONNREFUSED') as string,
    });
  }, 60_000);
});
