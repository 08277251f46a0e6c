import type { mongo } from 'mongoose';
import type { Stored } from '../versioned-collection.js';

/** Documents changed at a time. */
const BATCH = 500;
/** Times that a document is looked at anew because a server changed it meanwhile. */
const TRIES = 5;

/** What a migration makes of a document, where it still has the revision that was decided by. */
export interface Change {
  filter: { _id: string; revision: number };
  update: mongo.UpdateFilter<Stored>;
}

interface EachBatchOptions {
  /** The fields that are read; by default all. */
  projection?: Readonly<Record<string, 1>>;
  /** Ends it before the next batch. */
  signal?: AbortSignal | undefined;
}

/**
 * Goes through what a filter finds. What somebody else changed between reading and writing is looked at again.
 *
 * @param decide says what has to be changed of a batch; a document without a change is not written
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what documents are read as, as in the driver's find
export async function eachBatch<Known extends { _id: string }>(
  collection: mongo.Collection<Stored>,
  filter: Record<string, unknown>,
  decide: (batch: readonly Known[]) => Promise<readonly Change[]>,
  { projection, signal }: EachBatchOptions = {},
): Promise<void> {
  const find = (wanted: Record<string, unknown>) =>
    collection.find<Known>(wanted, projection ? { projection } : {});
  let batch: Known[] = [];
  const write = async (): Promise<void> => {
    for (let attempt = 1; batch.length > 0 && attempt <= TRIES; attempt += 1) {
      signal?.throwIfAborted();
      const writes = (await decide(batch)).map((change) => ({ updateOne: change }));
      if (writes.length === 0) break;
      const { matchedCount } = await collection.bulkWrite(writes, { ordered: false });
      if (matchedCount === writes.length) break;
      const ids = writes.map(({ updateOne }) => updateOne.filter._id);
      batch = await find({ ...filter, _id: { $in: ids } }).toArray();
    }
    batch = [];
  };
  for await (const one of find(filter)) {
    batch.push(one);
    if (batch.length >= BATCH) await write();
  }
  await write();
}
