import { createHash, randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { ArchivedFile } from '#domain';
import type { ArchivedDocument } from './retention-keeper.js';

/** Unfinished files of a process that has died are deleted when they are so old. */
const STALE_MS = 60 * 60_000;

/** What file systems without hard links answer. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
]);

/**
 * Files of what is removed: gzipped, one JSON object a line, with the digest beside it as `sha256sum -c` reads it. A file
 * has its name once all of it is on the disk, and is never written again. The folder must be there: one that was made where a
 * disk is not mounted would take archives that are gone when it is.
 */
export class ArchiveFolder {
  constructor(private readonly folder: string) {}

  /** @throws Error when the folder is not there */
  async demand(): Promise<void> {
    const found = await stat(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return null;
    });
    if (!found?.isDirectory())
      throw new Error(`ARCHIVE_DIR, ${this.folder}, is no folder: is its disk mounted?`);
  }

  /**
   * Writes a file, unless it is there: then a process before this one has finished it, and died before it could say so.
   *
   * @param publish asked when all of it is on the disk: throws when the file is not to be any more
   */
  async write(
    file: string,
    documents: () => AsyncIterable<ArchivedDocument>,
    publish: () => Promise<void>,
  ): Promise<ArchivedFile> {
    await this.demand();
    const path = join(this.folder, file);
    if (await isThere(path)) return this.published(file);
    await this.removeStale();
    const fresh = this.freshName(file);
    try {
      await pipeline(
        Readable.from(lines(documents())),
        createGzip(),
        createWriteStream(fresh, { flags: 'wx', mode: 0o600 }),
      );
      await sync(fresh);
      await publish();
      await publishAs(path, fresh);
      return await this.published(file);
    } finally {
      await rm(fresh, { force: true });
    }
  }

  /** What is there under the name, which may be what another server has put there. */
  private async published(file: string): Promise<ArchivedFile> {
    const sha256 = await this.digest(join(this.folder, file));
    await this.writeDigest(file, sha256);
    await sync(this.folder);
    return { file, sha256 };
  }

  private async writeDigest(file: string, sha256: string): Promise<void> {
    const fresh = this.freshName(file);
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(`${sha256}  ${file}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, join(this.folder, `${file}.sha256`));
  }

  private async digest(path: string): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  }

  private freshName(file: string): string {
    return join(this.folder, `.${file}.${randomBytes(6).toString('hex')}.new`);
  }

  private async removeStale(): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!/^\..*\.ndjson\.gz\.[0-9a-f]{12}\.new$/.test(name)) continue;
      const path = join(this.folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
      if (Date.now() - mtimeMs > STALE_MS) await rm(path, { force: true });
    }
  }
}

async function* lines(documents: AsyncIterable<ArchivedDocument>): AsyncGenerator<string> {
  for await (const one of documents) yield `${JSON.stringify(one)}\n`;
}

/** Gives a file its name, unless there is one of that name: that one stays. */
async function publishAs(path: string, fresh: string): Promise<void> {
  try {
    await link(fresh, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await isThere(path))) return;
    if (code !== 'EEXIST' && !NO_LINKS.has(code)) throw error;
    await claimAs(path, fresh);
  }
}

/** The same without hard links: whoever makes the empty file of the name may put the whole one there. */
async function claimAs(path: string, fresh: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (await isThere(path)) return;
  }
  await rename(fresh, path);
}

/** An empty file is none: a process has died between its two steps. */
async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    ({ size }) => size > 0,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
