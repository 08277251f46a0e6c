import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentBundleText, signedAgentBundleText } from '#contract';
import { generateSigningKeyPair, publicKeyText, sha256, signText } from '#sealing';
import type { Answer, Download } from '../protocol/gateway-client.js';
import { VersionFetcher } from './version-fetcher.js';
import { VersionsFolder } from './versions-folder.js';

const server = generateSigningKeyPair();
const VERSION = '0.3.0';

let folder: string;
let versions: VersionsFolder;
let archive: Buffer;
let served: Buffer;
let manifest: Answer<string>;

/** A bundle whose "Node" answers as told. */
function pack(help = `relaypoint-dp ${VERSION}: it`, doctor = 'exit 0', trial = 'launch.js'): Buffer {
  const content = join(folder, 'content');
  const update = join(content, 'app/dist/apps/dp-agent/src/update');
  rmSync(content, { recursive: true, force: true });
  mkdirSync(join(content, 'bin'), { recursive: true });
  mkdirSync(update, { recursive: true });
  writeFileSync(join(update, trial), '');
  const node = `#!/bin/sh\ncase "$*" in --version) ;; *" help") echo "${help}" ;; *) ${doctor} ;; esac\n`;
  writeFileSync(join(content, 'bin/node'), node);
  chmodSync(join(content, 'bin/node'), 0o755);
  execFileSync('tar', ['-czf', join(folder, 'bundle.tar.gz'), '-C', content, '.']);
  return readFileSync(join(folder, 'bundle.tar.gz'));
}

function sign({ version = VERSION, arch = process.arch, size = archive.length, by = server } = {}) {
  const name = 'bundle.tar.gz';
  const body = agentBundleText({
    version,
    files: [{ arch, kind: 'tar', name, size, sha256: sha256(archive) }],
  });
  const signature = signText(by.privateKey, body);
  const text = signedAgentBundleText({ body, key: publicKeyText(by.publicKey), signature });
  manifest = { kind: 'ok', value: text };
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield served;
}

const bring = (): Promise<void> =>
  new VersionFetcher(
    versions,
    folder,
    server.publicKey,
    {
      manifest: () => Promise.resolve(manifest),
      download: (): Promise<Answer<Download>> =>
        Promise.resolve({ kind: 'ok', value: { body: bytes(), resumed: false } }),
    },
    new AbortController().signal,
  ).bring(VERSION);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fetch-'));
  versions = new VersionsFolder(join(folder, 'versions'), '0.2.0');
  archive = pack();
  served = archive;
  sign();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('bringing a version here', () => {
  it('leaves it whole in a folder of its own, and does not fetch it twice', async () => {
    await bring();
    expect(existsSync(join(versions.folderOf(VERSION), 'bin/node'))).toBe(true);
    served = Buffer.from('nothing');
    await bring();
  });

  it.each<[string, string, string, () => void]>([
    [
      'nobody offers it',
      'NOT_OFFERED',
      VERSION,
      () => {
        manifest = { kind: 'refused', status: 404, code: 'NOT_FOUND', detail: '', isOwn: true };
      },
    ],
    [
      'a firewall stands in between',
      'UNREACHABLE',
      'HTTP_404',
      () => {
        manifest = { kind: 'refused', status: 404, code: 'HTTP_404', detail: '', isOwn: false };
      },
    ],
    [
      'a captive portal answers',
      'BAD_SIGNATURE',
      'no manifest',
      () => {
        manifest = { kind: 'ok', value: '<html>' };
      },
    ],
    [
      'another key has signed it',
      'BAD_SIGNATURE',
      'another key',
      () => sign({ by: generateSigningKeyPair() }),
    ],
    [
      'an older manifest is handed out in its place',
      'BAD_SIGNATURE',
      '0.1.0',
      () => sign({ version: '0.1.0' }),
    ],
    [
      'there is none for this processor',
      'WRONG_PLATFORM',
      process.arch,
      () => sign({ arch: 'arm64' === process.arch ? 'x64' : 'arm64' }),
    ],
    [
      'the archive was changed',
      'DIGEST_MISMATCH',
      'digest',
      () => {
        served = Buffer.from(archive);
        served.writeUInt8(served.readUInt8(20) ^ 1, 20);
      },
    ],
    ['there is no room for it', 'DISK_FULL', 'are needed', () => sign({ size: 900_000_000_000 })],
    [
      'it calls itself another',
      'DID_NOT_START',
      '0.9.9',
      () => {
        served = archive = pack('relaypoint-dp 0.9.9: it');
        sign();
      },
    ],
    [
      'it knows no trial',
      'DID_NOT_START',
      'cannot be tried',
      () => {
        served = archive = pack(undefined, undefined, 'other.js');
        sign();
      },
    ],
    [
      'its doctor finds something',
      'DOCTOR',
      'FAIL  clock',
      () => {
        served = archive = pack(undefined, 'echo "FAIL  clock"; exit 1');
        sign();
      },
    ],
    [
      'it is no archive',
      'UNPACK_FAILED',
      'gzip',
      () => {
        served = archive = Buffer.from('this is not an archive at all');
        sign();
      },
    ],
  ])('fails with its code when %s: %s', async (_, code, words, happens) => {
    happens();
    await expect(bring()).rejects.toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect(existsSync(`${versions.folderOf(VERSION)}.new`)).toBe(false);
  });
});
