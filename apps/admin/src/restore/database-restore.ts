import type { mongo } from 'mongoose';
import type { Restoration } from '#domain';
import { makeAllIndexes, migrate } from '#persistence';
import { readArchive } from '../archive/archive-reader.js';
import { LEFT_OUT } from '../archive/collections.js';
import { documentsOf, type DocumentsPart } from '../archive/documents.js';
import { enterRestore, type RestoreEntry } from './restore-entry.js';
import { cutAuditChain, dropIncompleteBlobs, settleRestoredState, type Settled } from './database-state.js';

export interface DatabaseRestoreOptions {
  passphrase: () => Promise<string>;
  signal: AbortSignal;
  restoredAt: Date;
  /** For the audit: which backup, where, and by whom. */
  told: Pick<RestoreEntry, 'backup' | 'host' | 'user'>;
  /** Rejects when another restore has taken over. */
  demandOwn: () => Promise<void>;
  say: (text: string) => void;
  /** Bytes read of the archive, of how many. */
  onProgress: (read: number, of: number) => void;
}

/** Documents inserted at once. */
const BATCH = 1000;

/** What there is in a database that somebody could miss: documents by collection. */
export async function contentsOf(db: mongo.Db): Promise<Record<string, number>> {
  const found = await db.listCollections({}, { nameOnly: true }).toArray();
  const contents: Record<string, number> = {};
  for (const { name } of found) {
    if (LEFT_OUT.has(name) || name === 'migrations' || name.startsWith('system.')) continue;
    const count = await db.collection(name).countDocuments({});
    if (count > 0) contents[name] = count;
  }
  return contents;
}

/**
 * Replaces everything in a database by what a backup holds. Whoever calls it has set the marker that keeps programs from
 * starting, and takes it away afterwards; when this breaks off, all of it is to be done again.
 */
export async function restoreDatabase(
  db: mongo.Db,
  path: string,
  options: DatabaseRestoreOptions,
): Promise<Settled> {
  const { say, restoredAt, signal, demandOwn, told } = options;
  await dropAll(db);
  const { about, manifest } = await readArchive(path, options.passphrase, {
    progress: options.onProgress,
    part: async (entry) => {
      signal.throwIfAborted();
      const part = await documentsOf(entry);
      if (!part) return;
      await demandOwn();
      await store(db, part);
    },
  });
  signal.throwIfAborted();
  await demandOwn();
  await dropIncompleteBlobs(db, manifest.incompleteBlobs);
  await migrate(db, { log: say });
  say('indexes are made …');
  await makeAllIndexes(db);
  await cutAuditChain(db);
  await demandOwn();
  const restoration: Restoration = { backedUpAt: new Date(about.begunAt), restoredAt };
  const settled = await settleRestoredState(db, restoration);
  await enterRestore(db, { ...told, begunAt: about.begunAt, at: restoredAt });
  return settled;
}

async function dropAll(db: mongo.Db): Promise<void> {
  for (const { name } of await db.listCollections({}, { nameOnly: true }).toArray()) {
    if (name !== 'maintenance' && name !== 'programs' && !name.startsWith('system.'))
      await db.dropCollection(name);
  }
}

async function store(db: mongo.Db, { collection, documents, replaces }: DocumentsPart): Promise<void> {
  const into = db.collection(collection);
  for (let at = 0; at < documents.length; at += BATCH) {
    const some = documents.slice(at, at + BATCH) as mongo.OptionalId<mongo.Document>[];
    if (!replaces) await into.insertMany(some, { ordered: false });
    else
      await into.bulkWrite(
        some.map(({ _id, ...replacement }) => ({
          replaceOne: { filter: { _id }, replacement, upsert: true },
        })),
        { ordered: false },
      );
  }
}
