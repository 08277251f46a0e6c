import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArchive } from './archive-reader.js';
import { ArchiveWriter, nameFinished } from './archive-writer.js';
import { ByteSource } from './byte-source.js';
import { decrypted, ENCRYPTED, Encryption } from './encryption.js';
import type { About } from './manifest.js';

const PASSPHRASE = 'correct horse battery';
const CHUNK = 64 * 1024;
const TAG = 16;
const ABOUT: About = {
  format: 1,
  version: '0.2.0',
  begunAt: '2026-03-02T08:00:00.000Z',
  migrations: ['0001-a'],
  withKeys: true,
};
const MANIFEST = { endedAt: ABOUT.begunAt, serverKeys: null, incompleteBlobs: [] };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'archive-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(encryption: Encryption | null): Promise<string> {
  const path = join(folder, 'a.backup');
  const archive = await ArchiveWriter.create(path, ABOUT, encryption);
  await archive.add('keys/token.key', Buffer.alloc(32, 7));
  await archive.add('documents/things/000001.bson.gz', Buffer.alloc(700, 1), {
    collection: 'things',
    documents: 2,
  });
  await archive.finish(MANIFEST);
  return path;
}

describe('an archive', () => {
  it('gives back its parts in their order, with what is said of them', async () => {
    const parts: [string, number][] = [];
    const path = await write(null);
    const { about, manifest } = await readArchive(path, () => Promise.resolve(''), {
      part: ({ name, content }) => void parts.push([name, content.length]),
    });
    expect(about).toEqual(ABOUT);
    expect(parts).toEqual([
      ['keys/token.key', 32],
      ['documents/things/000001.bson.gz', 700],
    ]);
    expect(manifest.parts[1]).toMatchObject({ collection: 'things', documents: 2 });
    expect(readdirSync(folder)).toEqual(['a.backup']);
  });

  it.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
    'gets its name where there are no hard links (%s), and takes no other place',
    async (code) => {
      const [path, unfinished] = [join(folder, 'a.backup'), join(folder, '.a.unfinished')];
      const noLinks = (): Promise<void> => Promise.reject(Object.assign(new Error('no links'), { code }));
      writeFileSync(unfinished, 'whole');
      await nameFinished(unfinished, path, noLinks);
      expect(readdirSync(folder)).toEqual(['a.backup']);
      expect(readFileSync(path, 'utf8')).toBe('whole');
      writeFileSync(unfinished, 'another');
      await expect(nameFinished(unfinished, path, noLinks)).rejects.toMatchObject({ code: 'EEXIST' });
      expect(readFileSync(path, 'utf8')).toBe('whole');
    },
  );

  it('is a tar that tar lists and unpacks', async () => {
    const path = await write(null);
    const list = execFileSync('tar', ['-tf', path], { encoding: 'utf8' }).trim().split('\n');
    expect(list).toEqual([
      'relaypoint-backup.json',
      'keys/token.key',
      'documents/things/000001.bson.gz',
      'manifest.json',
      'sha256',
    ]);
    expect(execFileSync('tar', ['-xOf', path, 'keys/token.key'])).toEqual(Buffer.alloc(32, 7));
  });

  it('shows nothing of what is in it when it is encrypted', async () => {
    const path = await write(await Encryption.by(PASSPHRASE));
    const bytes = readFileSync(path);
    expect(bytes.subarray(0, ENCRYPTED.length).toString()).toBe(ENCRYPTED);
    expect(bytes.includes('token.key')).toBe(false);
    await expect(
      readArchive(path, () => Promise.resolve(PASSPHRASE), { part: () => undefined }),
    ).resolves.toBeDefined();
  });
});

describe('the encryption of an archive', () => {
  const plainOf = async (sealed: Buffer): Promise<Buffer> => {
    async function* pieces(): AsyncGenerator<Buffer> {
      for (let at = 0; at < sealed.length; at += 10_000)
        yield Promise.resolve(sealed.subarray(at, at + 10_000));
    }
    const source = new ByteSource(pieces());
    await source.take(ENCRYPTED.length);
    const found: Buffer[] = [];
    for await (const piece of decrypted(source, PASSPHRASE)) found.push(piece);
    return Buffer.concat(found);
  };
  const seal = async (plain: Buffer): Promise<{ sealed: Buffer; header: number }> => {
    const encryption = await Encryption.by(PASSPHRASE);
    const parts = [encryption.header];
    for (let at = 0; at < plain.length; at += 5000)
      parts.push(encryption.update(plain.subarray(at, at + 5000)));
    parts.push(encryption.final());
    return { sealed: Buffer.concat(parts), header: encryption.header.length };
  };

  it.each([0, CHUNK, CHUNK + 1, 3 * CHUNK])('gives back %i bytes', async (length) => {
    const plain = Buffer.alloc(length, 5);
    const { sealed, header } = await seal(plain);
    expect(await plainOf(sealed)).toEqual(plain);
    const chunks = Math.max(1, Math.ceil(length / CHUNK));
    expect(sealed.length).toBe(header + length + chunks * TAG);
  });

  it('sees chunks that were moved, left out, or cut off at the end', async () => {
    const { sealed, header } = await seal(Buffer.alloc(3 * CHUNK, 5));
    const chunk = (n: number): Buffer =>
      sealed.subarray(header + n * (CHUNK + TAG), header + (n + 1) * (CHUNK + TAG));
    const start = sealed.subarray(0, header);
    for (const wrong of [
      [chunk(0), chunk(2), chunk(1)],
      [chunk(0), chunk(2)],
      [chunk(0), chunk(1)],
      [chunk(0), chunk(1), chunk(2), chunk(2)],
    ])
      await expect(plainOf(Buffer.concat([start, ...wrong]))).rejects.toThrow('the archive is damaged');
  });
});
