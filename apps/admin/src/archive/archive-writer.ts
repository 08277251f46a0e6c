import { createHash, randomBytes } from 'node:crypto';
import { link, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Refusal } from '../program/faults.js';
import type { Encryption } from './encryption.js';
import { FORMAT, PART, type About, type Manifest, type Part } from './manifest.js';
import { TAR_END, tarEntry } from './tar.js';

/**
 * Writes a backup: under another name until all of it is on the disk, so that none that broke off is ever taken for one.
 * Only its owner may read it.
 */
export class ArchiveWriter {
  private readonly digest = createHash('sha256');
  private readonly parts: Part[] = [];
  /** Of the file, so far. */
  bytes = 0;

  private constructor(
    private readonly path: string,
    private readonly unfinished: string,
    private readonly file: FileHandle,
    private readonly at: Date,
    private readonly encryption: Encryption | null,
  ) {}

  /** @throws Refusal when there is a file of that name */
  static async create(path: string, about: About, encryption: Encryption | null): Promise<ArchiveWriter> {
    const unfinished = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.unfinished`);
    const file = await open(unfinished, 'wx', 0o600);
    const archive = new ArchiveWriter(path, unfinished, file, new Date(about.begunAt), encryption);
    try {
      if (encryption) await archive.store(encryption.header);
      await archive.append(PART.about, json(about));
      return archive;
    } catch (error) {
      await archive.discard();
      throw error;
    }
  }

  /** Adds a part; the next one may be added when this is done. */
  async add(name: string, content: Buffer, of: Omit<Part, 'name' | 'sha256'> = {}): Promise<void> {
    this.parts.push({ name, sha256: createHash('sha256').update(content).digest('hex'), ...of });
    await this.append(name, content);
  }

  /** Completes the archive and gives it its name. @throws Refusal when there is a file of that name by now */
  async finish(manifest: Omit<Manifest, 'format' | 'parts'>): Promise<void> {
    await this.append(PART.manifest, json({ format: FORMAT, ...manifest, parts: this.parts }));
    await this.append(PART.digest, Buffer.from(`${this.digest.copy().digest('hex')}\n`));
    await this.put(TAR_END);
    if (this.encryption) await this.store(this.encryption.final());
    await this.file.sync();
    await this.file.close();
    await nameFinished(this.unfinished, this.path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new Refusal(`${this.path} is there already`) : error;
    });
    const folder = await open(dirname(this.path), 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  }

  /** Leaves nothing of it. */
  async discard(): Promise<void> {
    await this.file.close().catch(() => undefined);
    await unlink(this.unfinished).catch(() => undefined);
  }

  private async append(name: string, content: Buffer): Promise<void> {
    for (const bytes of tarEntry({ name, content }, this.at)) await this.put(bytes);
  }

  private async put(bytes: Buffer): Promise<void> {
    this.digest.update(bytes);
    await this.store(this.encryption ? this.encryption.update(bytes) : bytes);
  }

  private async store(bytes: Buffer): Promise<void> {
    this.bytes += bytes.length;
    await this.file.writeFile(bytes);
  }
}

/** What file systems without hard links say to one: CIFS, exFAT. */
const NO_LINKS: ReadonlySet<string | undefined> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/**
 * Gives a file its name, and takes no other file's place, as a renaming alone would: by a link, or where there are none
 * over an empty file that nobody else could make.
 *
 * @throws Error `EEXIST`
 */
export async function nameFinished(
  unfinished: string,
  path: string,
  makeLink: typeof link = link,
): Promise<void> {
  try {
    await makeLink(unfinished, path);
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code)) throw error;
    await (await open(path, 'wx', 0o600)).close();
    await rename(unfinished, path).catch(async (failed: unknown) => {
      await unlink(path).catch(() => undefined);
      throw failed;
    });
    return;
  }
  await unlink(unfinished);
}

function json(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
