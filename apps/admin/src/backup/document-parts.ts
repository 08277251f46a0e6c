import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ArchiveWriter } from '../archive/archive-writer.js';

const compress = promisify(gzip);

/** Bytes of documents in one part: what is in memory at a time. */
const PART_BYTES = 4 * 1024 * 1024;

/** Gathers the documents of one collection, as BSON one after the other, into parts of an archive. */
export class DocumentParts {
  private readonly waiting: Uint8Array[] = [];
  private bytes = 0;
  private part = 0;
  /** Documents taken so far. */
  documents = 0;

  constructor(
    private readonly archive: ArchiveWriter,
    private readonly collection: string,
    private readonly replaces = false,
  ) {}

  async add(document: Uint8Array): Promise<void> {
    // a copy: the driver uses its buffer again
    this.waiting.push(Uint8Array.from(document));
    this.bytes += document.length;
    this.documents += 1;
    if (this.bytes >= PART_BYTES) await this.flush();
  }

  /** Puts what waits into the archive. */
  async flush(): Promise<void> {
    if (this.waiting.length === 0) return;
    this.part += 1;
    const folder = this.replaces ? `${this.collection}-again` : this.collection;
    const name = `documents/${folder}/${String(this.part).padStart(6, '0')}.bson.gz`;
    const documents = this.waiting.length;
    const content = await compress(Buffer.concat(this.waiting), { level: 4 });
    this.waiting.length = 0;
    this.bytes = 0;
    const of = { collection: this.collection, documents, ...(this.replaces && { replaces: true }) };
    await this.archive.add(name, content, of);
  }
}
