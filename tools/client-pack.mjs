// Packs the POSIX management client into dist/client/relaypoint-client-<version>-linux.tar.gz (or into --out FOLDER).
// The same sources give the same bytes on every machine and at any time: names sorted, times and owners fixed, so that
// the digest of a release says what is in it. Plain Node, no packages. With --windows it packs the client for Windows
// instead, which needs Go and wixl (tools/client-windows).
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { constants, gzipSync } from 'node:zlib';

const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCE = join(PROJECT, 'client', 'posix');
const FILES = [
  ['VERSION', 0o644],
  ['install.sh', 0o755],
  ['relaypoint-client', 0o755],
  ['relaypoint-client.service', 0o644],
  ['relaypoint-client.timer', 0o644],
];
// 2020-01-01T00:00:00Z; tar warns about files from 1970
const MTIME = 1577836800;
const BLOCK = 512;

/** A ustar header (POSIX 1003.1, "pax"), owner root. */
function header(name, mode, size) {
  const block = Buffer.alloc(BLOCK);
  const octal = (value, length) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  block.write(name, 0, 100);
  block.write(octal(mode, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(MTIME, 12), 136);
  block.write(' '.repeat(8), 148); // the checksum counts itself as blanks
  block.write('0', 156);
  block.write('ustar\x0000', 257);
  block.write('root', 265);
  block.write('root', 297);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padded(content) {
  return Buffer.concat([content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]);
}

/**
 * @param {{source?: string, version?: string}} options `version` only for tests that need a second release
 * @returns {{version: string, platform: string, name: string, bytes: Buffer, sha256: string}}
 */
export function packClient(options = {}) {
  const source = options.source ?? SOURCE;
  const version = options.version ?? readFileSync(join(source, 'VERSION'), 'utf8').trim();
  const parts = FILES.flatMap(([name, mode]) => {
    const content = name === 'VERSION' ? Buffer.from(`${version}\n`) : readFileSync(join(source, name));
    return [header(name, mode, content.length), padded(content)];
  });
  const tar = Buffer.concat([...parts, Buffer.alloc(2 * BLOCK)]);
  const bytes = gzipSync(tar, { level: constants.Z_BEST_COMPRESSION });
  bytes[9] = 255; // "operating system unknown" instead of this machine's
  return {
    version,
    platform: 'linux',
    name: `relaypoint-client-${version}-linux.tar.gz`,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: {
      out: text,
      version: text,
      windows: { type: 'boolean' },
      'sign-certificates': text,
      'sign-key': text,
      'sign-password-file': text,
      'sign-timestamp': text,
    },
  });
  const out = values.out ?? join(PROJECT, 'dist', 'client');
  if (values.windows) {
    await packForWindows(out, values);
  } else {
    const packed = packClient({ version: values.version });
    const path = join(out, packed.name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, packed.bytes);
    console.log(`${path} ${packed.bytes.length} bytes sha256 ${packed.sha256}`);
  }
}

async function packForWindows(out, values) {
  const { packWindowsClient } = await import('./client-windows/pack.ts');
  const { signingOf } = await import('./client-windows/signing.ts');
  const version = values.version ?? readFileSync(join(SOURCE, 'VERSION'), 'utf8').trim();
  try {
    const signing = signingOf(values, process.env);
    for (const line of await packWindowsClient(out, version, signing)) console.log(line);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
