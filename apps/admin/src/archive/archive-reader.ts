import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CommandFault } from '../program/faults.js';
import { ByteSource } from './byte-source.js';
import { DamagedArchive } from './damaged-archive.js';
import { decrypted, ENCRYPTED } from './encryption.js';
import { PART, readAbout, readManifest, type About, type Manifest } from './manifest.js';
import { readTar, type TarEntry } from './tar.js';

/** A manifest names every part: some 100 bytes each. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Who reads a backup. Each part is given as it is come by; whether it is what was written is known at the end only. */
export interface ArchiveVisitor {
  about?: (about: About) => void | Promise<void>;
  part: (part: TarEntry) => void | Promise<void>;
  /** Bytes of the file that have been read, of how many. */
  progress?: (read: number, of: number) => void;
}

/**
 * Reads a backup from its beginning to its end, and compares all digests.
 *
 * @param passphrase asked for when the archive is encrypted
 * @throws DamagedArchive as soon as something is not as it was written; CommandFault when there is no such file
 */
export async function readArchive(
  path: string,
  passphrase: () => Promise<string>,
  visitor: ArchiveVisitor,
): Promise<{ about: About; manifest: Manifest }> {
  const size = await sizeOf(path);
  const file = countedBytes(path, (read) => visitor.progress?.(read, size));
  const raw = new ByteSource(file);
  try {
    const source = await plainSource(raw, passphrase);
    return await readParts(source, visitor);
  } finally {
    await raw.close();
  }
}

interface HashedSource {
  source: ByteSource;
  /** Of all bytes taken so far. */
  digest: () => string;
}

async function plainSource(raw: ByteSource, passphrase: () => Promise<string>): Promise<HashedSource> {
  const start = await raw.upTo(ENCRYPTED.length);
  const isEncrypted = start.toString('latin1') === ENCRYPTED;
  const bytes = isEncrypted ? decrypted(raw, await passphrase()) : joined(start, raw);
  const hash = createHash('sha256');
  const source = new ByteSource(bytes, (taken) => hash.update(taken));
  return { source, digest: () => hash.copy().digest('hex') };
}

async function readParts(
  { source, digest }: HashedSource,
  visitor: ArchiveVisitor,
): Promise<{ about: About; manifest: Manifest }> {
  let about: About | undefined;
  let manifest: Manifest | undefined;
  let isWhole = false;
  const seen: { name: string; sha256: string }[] = [];
  let before = digest();
  for await (const entry of readTar(source, MOST_BYTES)) {
    const { name, content } = entry;
    if (!about) {
      if (name !== PART.about) throw new DamagedArchive('this is no backup of Relaypoint');
      about = readAbout(content);
      await visitor.about?.(about);
    } else if (isWhole) {
      throw new DamagedArchive(`the archive is damaged: ${name} stands behind its end`);
    } else if (name === PART.manifest) {
      manifest = readManifest(content);
      compare(manifest, seen);
    } else if (name === PART.digest) {
      if (content.toString() !== `${before}\n`)
        throw new DamagedArchive('the archive is not what was written');
      isWhole = true;
    } else {
      seen.push({ name, sha256: createHash('sha256').update(content).digest('hex') });
      await visitor.part(entry);
    }
    before = digest();
  }
  if (!about || !manifest || !isWhole) throw new DamagedArchive('the archive is not whole');
  return { about, manifest };
}

function compare({ parts }: Manifest, seen: readonly { name: string; sha256: string }[]): void {
  for (const [index, { name, sha256 }] of parts.entries()) {
    const found = seen[index];
    if (found?.name !== name) throw new DamagedArchive(`${name} is missing in the archive`);
    if (found.sha256 !== sha256) throw new DamagedArchive(`${name} is not what was written`);
  }
  if (seen.length > parts.length) throw new DamagedArchive('the archive has more parts than were written');
}

async function* countedBytes(path: string, onRead: (bytes: number) => void): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    const bytes = Buffer.from(piece as Uint8Array);
    read += bytes.length;
    onRead(read);
    yield bytes;
  }
}

async function* joined(start: Buffer, rest: ByteSource): AsyncGenerator<Buffer> {
  yield start;
  for (;;) {
    const piece = await rest.upTo(256 * 1024);
    if (piece.length === 0) return;
    yield piece;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    const { size } = await stat(path);
    return size;
  } catch (error) {
    throw new CommandFault(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
