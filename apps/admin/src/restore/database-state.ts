import type { mongo } from 'mongoose';
import {
  dispatchesAt,
  type InstallOrder,
  laterBy,
  nextDeadline,
  OPEN_ORDER_STATES,
  recall,
  type Restoration,
} from '#domain';
import { CHUNKS, COMPUTERS, ORDERS } from '../archive/collections.js';
import { KEY_RECORD } from '../keys/database-keys.js';

type Stored = { _id: string; revision: number } & Record<string, unknown>;

const BATCH = 1000;

/** What was set right after a restore. */
export interface Settled {
  /** Open orders, whose DPs are asked first. */
  recalledOrders: number;
  /** Computers whose client has to register. */
  awaitedClients: number;
  /** Notices that were on their way when the backup was made; they may have arrived. */
  endedDeliveries: number;
}

/**
 * Sets right what may not be taken up where the backup left it, because the world went on (docs/adr/0032). Only once: a
 * restore that breaks off begins anew.
 */
export async function settleRestoredState(db: mongo.Db, restoration: Restoration): Promise<Settled> {
  const now = restoration.restoredAt;
  const recalledOrders = await changeAll(
    db.collection<Stored>(ORDERS),
    { state: { $in: [...OPEN_ORDER_STATES] } },
    (stored) => {
      const { _id, wakeAt: _1, dispatchAt: _2, writeToken: _3, ...fields } = stored;
      const order = recall({ ...fields, id: _id } as unknown as InstallOrder, restoration);
      const { id: _4, ...rest } = order;
      return { ...rest, wakeAt: nextDeadline(order), dispatchAt: dispatchesAt(order) };
    },
  );
  const later = laterBy(restoration);
  const awaitedClients = await changeAll(
    db.collection<Stored>(COMPUTERS),
    { registerBy: { $ne: null } },
    ({ _id, registerBy, revision, ...fields }) => ({
      ...fields,
      registerBy: registerBy instanceof Date ? later(registerBy) : registerBy,
      revision: revision + 1,
    }),
  );
  const endedDeliveries = await changeAll(
    db.collection<Stored>('deliveries'),
    { state: 'waiting' },
    ({ _id, revision, ...fields }) => ({
      ...fields,
      state: 'failed',
      sealed: true,
      endedAt: now,
      revision: revision + 1,
    }),
  );
  // clients that have registered since are believed from now on
  await db
    .collection<{ _id: string }>(KEY_RECORD.collection)
    .updateOne({ _id: KEY_RECORD.id }, { $set: { restoredAt: now } });
  return { recalledOrders, awaitedClients, endedDeliveries };
}

/** Chunks of files that were deleted while they were read. */
export async function dropIncompleteBlobs(db: mongo.Db, blobs: readonly string[]): Promise<void> {
  if (blobs.length === 0) return;
  await db.collection<{ files_id: string }>(CHUNKS).deleteMany({ files_id: { $in: [...blobs] } });
}

/**
 * The audit's chain as far as its head knows it: rows that were linked while the backup was made are linked again, and what
 * was signed of later ones is signed again.
 */
export async function cutAuditChain(db: mongo.Db): Promise<void> {
  const head = await db.collection<{ _id: string; sequence: number }>('auditChain').findOne({ _id: 'head' });
  // without one the chain was begun while the backup was made, and is begun again
  const beyond = { $gt: head?.sequence ?? 0 };
  await db.collection('audit').updateMany({ 'chain.sequence': beyond }, { $unset: { chain: '' } });
  await db.collection('auditCheckpoints').deleteMany({ sequence: beyond });
}

async function changeAll(
  collection: mongo.Collection<Stored>,
  filter: mongo.Filter<Stored>,
  change: (stored: Stored) => Omit<Stored, '_id'>,
): Promise<number> {
  let changed = 0;
  let after = '';
  for (;;) {
    const page = await collection
      .find({ $and: [filter, { _id: { $gt: after } }] }, { sort: { _id: 1 }, limit: BATCH })
      .toArray();
    if (page.length === 0) return changed;
    after = page.at(-1)?._id ?? after;
    changed += page.length;
    await collection.bulkWrite(
      page.map((stored) => ({
        replaceOne: { filter: { _id: stored._id }, replacement: change(stored) },
      })),
      { ordered: false, ignoreUndefined: true },
    );
  }
}
