import { Mongoose, mongo, type Connection, type Model } from 'mongoose';
import { planOrder, type ComputerId, type DpId, type OrderId, type TenantId } from '#domain';
import { documentCheck, SCHEMAS } from '#persistence';
import { bareDatabase } from './bare-database.ts';
import { say, share, takeGround } from './programs.ts';

const ORDERS = 2000;
const BATCH = 100;
const ROUNDS = 5;

type Document = Record<string, unknown> & { _id: string; revision: number };
type Write = (
  collection: mongo.Collection<Document>,
  model: Model<Document>,
  batch: Document[],
) => Promise<unknown>;

const NOW = new Date();
const { id: _id, ...fields } = planOrder({
  id: 'o-0' as OrderId,
  tenant: 'bench' as TenantId,
  computer: 'c-0' as ComputerId,
  dp: 'site' as DpId,
  kind: 'install-client',
  release: null,
  requestedBy: 'bench',
  note: null,
  retryOf: null,
  notBefore: NOW,
  attemptsAllowed: 5,
  expiry: 3600,
  now: NOW,
});
const ORDER: Document = { ...fields, _id, wakeAt: null, dispatchAt: null };

const demand = documentCheck(SCHEMAS.Order);

const guarded = (document: Document): { filter: object; replacement: Document } => ({
  filter: { _id: document._id, revision: document.revision },
  replacement: { ...document, revision: document.revision + 1 },
});

/** The same guarded writes of the same orders, in the ways that come into question. */
const WAYS: Readonly<Record<string, Write>> = {
  'by the driver alone': (collection, _, batch) =>
    collection.bulkWrite(
      batch.map((one) => ({ replaceOne: guarded(one) })),
      { ordered: false },
    ),
  'by the driver, each held against its schema before': (collection, _, batch) => {
    for (const one of batch) demand(one);
    return collection.bulkWrite(
      batch.map((one) => ({ replaceOne: guarded(one) })),
      { ordered: false },
    );
  },
  'through the model, which casts': (_, model, batch) =>
    model.bulkWrite(batch.map((one) => ({ replaceOne: guarded(one) })) as never, { ordered: false }),
  'through the model, each validated before': async (_, model, batch) => {
    for (const one of batch) await new model(one).validate();
    return model.bulkWrite(batch.map((one) => ({ replaceOne: guarded(one) })) as never, { ordered: false });
  },
};

async function main(): Promise<void> {
  const ground = await takeGround();
  const mongoose = new Mongoose();
  try {
    const connection = await mongoose
      .createConnection(ground.database.uri, { retryWrites: false, autoIndex: false })
      .asPromise();
    const whole = await bareDatabase(ground.database.uri, ORDERS);
    say(`all writes of an order's way by the driver alone: ${(1000 / whole).toFixed(2)} ms an order`);
    const times = await measured(connection);
    const [bare = 0] = Object.values(times);
    for (const [way, milliseconds] of Object.entries(times)) {
      say(
        `one change of an order ${way}: ${milliseconds.toFixed(3)} ms, ${share(milliseconds / bare)} of the first`,
      );
    }
    for (const [what, microseconds] of Object.entries(await held()))
      say(`${what}: ${microseconds.toFixed(1)} µs`);
    await connection.close();
  } finally {
    await ground.stop();
  }
}

/** Milliseconds for each change of an order, the best of some rounds; the ways take turns. */
async function measured(connection: Connection): Promise<Record<string, number>> {
  const model = connection.model<Document>('Order', SCHEMAS.Order);
  const collection = model.collection as unknown as mongo.Collection<Document>;
  await collection.createIndex({ _id: 1, revision: 1 }, { unique: true });
  const orders = Array.from({ length: ORDERS }, (_, i) => ({ ...ORDER, _id: `o-${i}` }));
  await collection.insertMany(orders);
  const best: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, write] of Object.entries(WAYS)) {
      const started = performance.now();
      for (let from = 0; from < ORDERS; from += BATCH)
        await write(collection, model, orders.slice(from, from + BATCH));
      best[way] = Math.min(best[way] ?? Infinity, (performance.now() - started) / ORDERS);
      for (const order of orders) order.revision += 1;
    }
  }
  return best;
}

/** Microseconds of the work on one order that needs no database. */
async function held(): Promise<Record<string, number>> {
  const model = new Mongoose().model<Document>('Order', SCHEMAS.Order);
  const each = async (work: () => unknown): Promise<number> => {
    for (let i = 0; i < ORDERS; i += 1) await work();
    const started = performance.now();
    for (let i = 0; i < ORDERS; i += 1) await work();
    return ((performance.now() - started) * 1000) / ORDERS;
  };
  return {
    'one order held against its schema': await each(() => demand(ORDER)),
    'one order hydrated and validated by Mongoose': await each(() => new model(ORDER).validate()),
  };
}

await main();
