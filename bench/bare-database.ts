import { mongo } from 'mongoose';

/** Documents in one write, about what the server gathers when a hundred DPs work at once. */
const BATCH = 100;
/** Batches on their way at once. */
const AT_ONCE = 4;
/** Writes of one order from its release to its installed report, as the server makes them: see docs/states.md. */
const ORDER_CHANGES = 2;
const COMPUTER_CHANGES = 2;

interface Guarded {
  _id: string;
  revision: number;
  text: string;
}

/**
 * What the database alone can do: the writes of the orders' way, in batches, guarded by revision as the server's are,
 * and not one read. The upper limit of any hand-out and report path that keeps what it says.
 *
 * @returns orders per second
 */
export async function bareDatabase(uri: string, orders: number): Promise<number> {
  const client = await mongo.MongoClient.connect(uri);
  const database = client.db('bench-bare');
  try {
    const kept = database.collection<Guarded>('orders');
    const computers = database.collection<Guarded>('computers');
    for (const guarded of [kept, computers]) {
      await guarded.createIndex({ _id: 1, revision: 1 }, { unique: true });
    }
    const ids = Array.from({ length: orders }, (_, i) => `order-${i}`);
    await inBatches(ids, (batch) => computers.insertMany(batch.map((id) => guarded(id, 1))));

    const started = process.hrtime.bigint();
    await inBatches(ids, async (batch) => {
      await kept.insertMany(batch.map((id) => guarded(id, 1)));
      for (let revision = 1; revision <= ORDER_CHANGES; revision += 1) await change(kept, batch, revision);
      for (let revision = 1; revision <= COMPUTER_CHANGES; revision += 1)
        await change(computers, batch, revision);
    });
    return orders / (Number(process.hrtime.bigint() - started) / 1e9);
  } finally {
    await database.dropDatabase();
    await client.close();
  }
}

/** About the size of an order with its timeline, or of a computer with what it says of its order. */
const guarded = (_id: string, revision: number): Guarded => ({ _id, revision, text: 'x'.repeat(1800) });

async function change(
  collection: mongo.Collection<Guarded>,
  ids: readonly string[],
  revision: number,
): Promise<void> {
  const writes: mongo.AnyBulkWriteOperation<Guarded>[] = ids.map((_id) => ({
    replaceOne: { filter: { _id, revision }, replacement: guarded(_id, revision + 1) },
  }));
  const { matchedCount } = await collection.bulkWrite(writes, { ordered: false });
  if (matchedCount !== ids.length) throw new Error(`${matchedCount} of ${ids.length} were changed`);
}

async function inBatches(
  ids: readonly string[],
  work: (batch: readonly string[]) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next < ids.length) {
        const from = next;
        next += BATCH;
        await work(ids.slice(from, from + BATCH));
      }
    }),
  );
}
