import { mongo } from 'mongoose';
import { OPEN_ORDER_STATES } from '#domain';
import { storedAudit } from '#persistence';
import type { ArchiveWriter } from '../archive/archive-writer.js';
import {
  AUDIT,
  CHUNKS,
  COMPUTERS,
  FILES,
  LEFT_OUT,
  ORDERS,
  READ_AFTER_THEM,
  readingOrder,
} from '../archive/collections.js';
import { CommandFault } from '../program/faults.js';
import { computersWithOrders } from './consistent-read.js';
import { DocumentParts } from './document-parts.js';

export interface DatabaseBackupOptions {
  signal: AbortSignal;
  /** When the backup was begun, by the clock of this machine. */
  begunAt: Date;
  /** @param documents read so far, of about how many */
  onProgress: (collection: string, documents: number, of: number) => void;
  warn: (text: string) => void;
}

/** What was read of a database. */
export interface DatabaseBackupResult {
  /** Documents by collection. */
  documents: Record<string, number>;
  incompleteBlobs: string[];
}

/** How often the audit is read once more, while retention goes on removing entries. */
const AUDIT_TRIES = 5;
const OPEN: ReadonlySet<string> = new Set(OPEN_ORDER_STATES);

/** Puts a whole database into an archive, in the order that makes it right (docs/adr/0032). */
export class DatabaseBackup {
  private readonly documents: Record<string, number> = {};
  private done = 0;
  private total = 0;

  constructor(
    private readonly db: mongo.Db,
    private readonly archive: ArchiveWriter,
    private readonly options: DatabaseBackupOptions,
  ) {}

  async run(): Promise<DatabaseBackupResult> {
    const found = (await this.db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
    // for the progress alone
    for (const name of found)
      if (!LEFT_OUT.has(name)) this.total += await this.db.collection(name).estimatedDocumentCount();
    const { removed } = storedAudit(this.db);
    const removedBefore = await removed();
    for (const name of readingOrder(found)) await this.collection(name);
    const open = await this.orders();
    await this.computers(open);
    for (const name of READ_AFTER_THEM) if (found.includes(name)) await this.collection(name);
    await this.auditAgain(removedBefore, removed);
    const incompleteBlobs = found.includes(FILES) ? await this.blobs() : [];
    return { documents: this.documents, incompleteBlobs };
  }

  /**
   * The audit once more as long as entries were removed while it was read. What was read before and is removed by now does no
   * harm: the newer checkpoint says so.
   *
   * @throws CommandFault
   */
  private async auditAgain(removedBefore: number, removed: () => Promise<number>): Promise<void> {
    let before = removedBefore;
    const again = AUDIT.map((name) => [name, new DocumentParts(this.archive, name, true)] as const);
    for (let tries = 0; ; tries += 1) {
      const now = await removed();
      if (now === before) return;
      if (tries === AUDIT_TRIES)
        throw new CommandFault(
          'retention went on removing entries of the audit while it was read: run it again',
        );
      before = now;
      for (const [name, parts] of again) await this.collection(name, parts);
    }
  }

  private async collection(name: string, parts = new DocumentParts(this.archive, name)): Promise<void> {
    for await (const document of this.all(name)) {
      await parts.add(document);
      this.count(name);
    }
    await parts.flush();
  }

  /** All orders as they stand now. @returns those that are open, by computer: they may change before it is read */
  private async orders(): Promise<Map<string, string[]>> {
    const open = new Map<string, string[]>();
    const parts = new DocumentParts(this.archive, ORDERS);
    for await (const document of this.all(ORDERS)) {
      await parts.add(document);
      this.count(ORDERS);
      const { _id, computer, state } = mongo.BSON.deserialize(document) as Record<string, string>;
      if (_id === undefined || computer === undefined || !OPEN.has(state ?? '')) continue;
      open.set(computer, [...(open.get(computer) ?? []), _id]);
    }
    await parts.flush();
    return open;
  }

  private async computers(open: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const computers = new DocumentParts(this.archive, COMPUTERS);
    const orders = new DocumentParts(this.archive, ORDERS, true);
    const { begunAt, warn } = this.options;
    const unsettled = (ids: readonly string[]): void =>
      warn(
        `${ids.length} computers changed at every look; what is open between them and their orders is repaired by the server after a restore`,
      );
    for await (const one of computersWithOrders(this.db, begunAt, open, unsettled)) {
      await computers.add(one.computer);
      for (const order of one.orders) await orders.add(order);
      this.count(COMPUTERS);
    }
    await computers.flush();
    await orders.flush();
  }

  /**
   * Files of GridFS never change, but may be deleted while they are read: a file's own document comes after its chunks, and
   * only when all of them were there.
   */
  private async blobs(): Promise<string[]> {
    const incomplete: string[] = [];
    const files = new DocumentParts(this.archive, FILES);
    const chunks = new DocumentParts(this.archive, CHUNKS);
    for await (const document of this.all(FILES)) {
      const file = mongo.BSON.deserialize(document) as { _id: string; length: number };
      let length = 0;
      const found = this.db
        .collection(CHUNKS)
        .find<Uint8Array>({ files_id: file._id }, { raw: true, sort: { n: 1 } });
      for await (const chunk of found) {
        await chunks.add(chunk);
        this.count(CHUNKS);
        const { data } = mongo.BSON.deserialize(Uint8Array.from(chunk)) as { data: mongo.Binary };
        length += data.length();
      }
      if (length === file.length) await files.add(document);
      else incomplete.push(file._id);
      this.count(FILES);
    }
    await chunks.flush();
    await files.flush();
    return incomplete;
  }

  /** In the order of ids: none comes twice, whatever is written meanwhile. */
  private async *all(name: string): AsyncGenerator<Uint8Array> {
    const found = this.db.collection(name).find<Uint8Array>({}, { raw: true, sort: { _id: 1 } });
    for await (const document of found) yield Uint8Array.from(document);
  }

  private count(name: string): void {
    this.options.signal.throwIfAborted();
    this.documents[name] = (this.documents[name] ?? 0) + 1;
    this.done += 1;
    this.options.onProgress(name, this.done, Math.max(this.total, this.done));
  }
}
