import type { mongo } from 'mongoose';
import { type AuditHead, type PendingLink, RESTORED_ACTION } from '#domain';
import type { Stored } from './versioned-collection.js';

/** All that is stored of an entry, whatever wrote it, but for its link. */
export type StoredAuditRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** An entry as it is stored, with its link if it has one. Neither has been checked. */
export interface LinkedAuditRow {
  row: StoredAuditRow;
  link: unknown;
}

/** Ids that a link can name. A server writes no others, so what has another one is left to whoever verifies. */
export const LINKABLE = { _id: { $type: 'string', $ne: '' } } as const;
/** Servers link entries within seconds. */
const LATE_MS = 10 * 60_000;

/** Entries that have no link. */
export interface UnlinkedEntries {
  /** Those that wait for it. */
  count: number;
  oldest: unknown;
  /** Of them, those that have waited for more than ten minutes. */
  late: number;
  /** When a backup was restored, if that was within these ten minutes: what waited in it was not waiting for a server. Not signed. */
  restoredAt: Date | null;
  /** And those that never get one: their id is no text. */
  foreign: number;
  /** Restores among those that wait. */
  restores: StoredAuditRow[];
}

/** The audit of a database as it is stored, for whoever verifies it: reads only, and trusts nothing. */
export interface StoredAudit {
  head: () => Promise<Pick<AuditHead, 'sequence' | 'hash' | 'pending'> | null>;
  /** See {@link chainedRows}. */
  rows: (pending: readonly PendingLink[]) => AsyncGenerator<LinkedAuditRow>;
  checkpoints: () => AsyncGenerator<Readonly<Record<string, unknown>>>;
  /** Up to where a checkpoint says that entries were removed; 0: nowhere. */
  removed: () => Promise<number>;
  /** The entries that retention has planned to remove. */
  removing: () => Promise<{ from: number; to: number } | null>;
  unlinked: () => Promise<UnlinkedEntries>;
}

export function storedAudit(db: mongo.Db): StoredAudit {
  const audit = db.collection<Stored>('audit');
  return {
    head: async () => {
      const found = await db.collection<Stored>('auditChain').findOne({ _id: 'head' });
      if (!found) return null;
      const { sequence, hash, pending } = found;
      const links = (Array.isArray(pending) ? pending : []) as PendingLink[];
      return { sequence: Number(sequence), hash: String(hash), pending: links };
    },
    rows: async function* (pending) {
      yield* chainedRows(audit, pending);
      // what no server has made: neither linked, nor waiting for its link
      const foreign = { chain: { $exists: true }, 'chain.sequence': { $not: { $gt: 0 } } };
      for await (const stored of audit.find(foreign)) yield linkedRow(stored);
    },
    checkpoints: () => storedCheckpoints(db.collection<Stored>('auditCheckpoints')),
    removed: async () => {
      const found = await db
        .collection<Stored>('auditCheckpoints')
        .findOne({ 'removed.sequence': { $gt: 0 } }, { sort: { 'removed.sequence': -1 } });
      return Number((found?.['removed'] as { sequence?: unknown } | undefined)?.sequence ?? 0);
    },
    removing: async () => {
      const found = await db.collection<Stored>('retention').findOne({ _id: 'audit' });
      const { from, to } =
        (found?.['plan'] as { range?: { from?: unknown; to?: unknown } } | null)?.range ?? {};
      return typeof from === 'number' && typeof to === 'number' ? { from, to } : null;
    },
    unlinked: async () => {
      const waiting = { 'chain.sequence': null, ...LINKABLE };
      const late = { ...waiting, at: { $lt: new Date(Date.now() - LATE_MS) } };
      const restores = { ...waiting, action: RESTORED_ACTION };
      const [all, count, oldest, tooLate, restored, restoredAt] = await Promise.all([
        audit.countDocuments({ 'chain.sequence': null }),
        audit.countDocuments(waiting),
        audit.findOne(waiting, { sort: { at: 1, _id: 1 } }),
        audit.countDocuments(late),
        audit.find(restores).sort({ at: 1 }).toArray(),
        restoredJustNow(db),
      ]);
      return {
        count,
        oldest: oldest?.['at'],
        late: tooLate,
        restoredAt,
        foreign: Math.max(0, all - count),
        restores: restored.map((stored) => linkedRow(stored).row),
      };
    },
  };
}

/** When a backup was restored, within the time that a link may take. */
async function restoredJustNow(db: mongo.Db): Promise<Date | null> {
  const keys = await db.collection<Stored>('installation').findOne({ _id: 'server-keys' });
  const at = keys?.['restoredAt'];
  if (!(at instanceof Date)) return null;
  const ago = Date.now() - at.getTime();
  return ago >= 0 && ago < LATE_MS ? at : null;
}

/**
 * Entries with a link, in its order, as they are stored.
 *
 * @param pending links that are decided, and may not stand on their entries yet: they count as if they did
 */
export async function* chainedRows(
  collection: mongo.Collection<Stored>,
  pending: readonly PendingLink[],
): AsyncGenerator<LinkedAuditRow> {
  const found = collection
    .find({ 'chain.sequence': { $gt: 0 } })
    .sort({ 'chain.sequence': 1 })
    .batchSize(1000);
  let last = 0;
  for await (const stored of found) {
    const read = linkedRow(stored);
    last = Number((read.link as { sequence?: unknown }).sequence);
    yield read;
  }
  const ids = pending.map(({ entry }) => entry);
  const waiting = await collection.find({ _id: { $in: ids } }).toArray();
  const rows = new Map(waiting.map((stored) => [stored._id, linkedRow(stored)]));
  for (const { entry, ...link } of pending) {
    const read = rows.get(entry);
    if (read && link.sequence > last) yield { row: read.row, link: read.link ?? link };
  }
}

/** All checkpoints, by number, as they are stored: whoever judges them also judges their form. */
export async function* storedCheckpoints(
  collection: mongo.Collection<Stored>,
): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const { _id, revision: _, ...fields } of collection.find({}).sort({ _id: 1 }).batchSize(500))
    yield fields;
}

export function linkedRow({ _id: id, revision: _revision, chain: link, ...fields }: Stored): LinkedAuditRow {
  return { row: { ...fields, id }, link };
}
