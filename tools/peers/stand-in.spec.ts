/** Starts a stand-in of its own: @needs peers */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import mongoose from 'mongoose';
import { MongodbProcess } from './mongodb-process.ts';
import { fetchStandIn } from './stand-in.ts';

type Stored = mongoose.mongo.Document & { _id: string };
type Query = Record<string, unknown>;
type Way = 1 | -1;

const DAY = 86_400_000;
const text = fc.constantFrom('', 'a', 'b', 'ab', 'B');
const at = fc.integer({ min: 0, max: 3 }).map((day) => new Date(day * DAY));
const count = fc.constantFrom(-1, 0, 1, 1.5, 2, 2 ** 40);
/** As wild as a field may be: of several types, null, a list, a list of objects, an object. */
const wild = fc.oneof(
  text,
  count,
  at,
  fc.boolean(),
  fc.constant(null),
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.record({ code: text }), { maxLength: 2 }),
  fc.record({ code: text }),
);
const documents = fc.array(
  fc.record(
    {
      tenant: fc.constantFrom('x', 'y'),
      name: text,
      at: fc.option(at),
      count,
      dp: fc.record({ fixed: fc.option(text), assigned: text }, { requiredKeys: [] }),
      alerts: fc.array(fc.record({ code: fc.oneof(text, count) }), { maxLength: 2 }),
      any: wild,
    },
    { requiredKeys: ['tenant'] },
  ),
  { minLength: 1, maxLength: 60 },
);

const INDEXES: readonly Record<string, Way>[] = [
  { name: 1, _id: 1 },
  { tenant: 1, name: 1, _id: 1 },
  { tenant: 1, count: -1, at: 1 },
  { at: -1, _id: -1 },
  { 'dp.fixed': 1, name: 1, _id: 1 },
  { 'dp.assigned': 1, name: 1, _id: 1 },
  { 'alerts.code': 1 },
  { any: 1, name: 1 },
  { tenant: 1, any: -1 },
];

const values: Record<string, fc.Arbitrary<unknown>> = {
  tenant: fc.constantFrom('x', 'y'),
  name: text,
  at: fc.option(at),
  count,
  'dp.fixed': fc.option(text),
  'dp.assigned': text,
  'alerts.code': fc.oneof(text, count, fc.constant(null)),
  any: wild,
  'any.code': text,
};
const OF_TEXT = ['tenant', 'name', 'dp.fixed', 'dp.assigned'];
const OF_SCALARS = ['tenant', 'name', 'at', 'count', 'dp.fixed'];

const condition = fc.constantFrom(...Object.keys(values)).chain((field) => {
  const value = values[field] ?? text;
  return fc
    .oneof(
      value,
      fc.record({ $in: fc.array(value, { maxLength: 3 }) }),
      fc.record({ $gt: value, $lte: value }, { requiredKeys: ['$gt'] }),
      fc.record({ $gte: value, $lt: value }, { requiredKeys: ['$lt'] }),
      fc.record({ $ne: value }),
      fc.record({ $exists: fc.boolean() }),
      // the library finds numbers, too, which MongoDB does not
      ...(OF_TEXT.includes(field) ? [fc.record({ $regex: fc.constantFrom('a', '^b', String.raw`\.`) })] : []),
    )
    .map((said): Query => ({ [field]: said }));
});
const query = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Query>({}) },
  {
    weight: 9,
    arbitrary: fc
      .array(
        fc.oneof(
          condition,
          fc.array(condition, { minLength: 1, maxLength: 3 }).map(($or): Query => ({ $or })),
        ),
        {
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((all): Query => (all.length === 1 ? (all[0] ?? {}) : { $and: all })),
  },
);
const order = fc
  .tuple(fc.subarray(OF_SCALARS, { maxLength: 2 }), fc.constantFrom<Way>(1, -1), fc.constantFrom<Way>(1, -1))
  .map(([fields, first, then]): [string, Way][] => [
    ...fields.map((field, i): [string, Way] => [field, i === 0 ? first : then]),
    ['_id', first],
  ]);

describe('the stand-in for MongoDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
  let server: MongodbProcess;
  let client: mongoose.mongo.MongoClient;
  let indexed: mongoose.mongo.Collection<Stored>;
  /** The same documents without an index: whoever asks it has all of them looked at. */
  let plain: mongoose.mongo.Collection<Stored>;

  beforeAll(async () => {
    await fetchStandIn(() => {});
    server = await MongodbProcess.start({ folder, program: 'stand-in' });
    client = await new mongoose.mongo.MongoClient(server.uri).connect();
    indexed = client.db('it').collection<Stored>('indexed');
    plain = client.db('it').collection<Stored>('plain');
  }, 120_000);
  afterAll(async () => {
    await client.close();
    await server.wipe();
  }, 30_000);

  const both = <T>(act: (collection: mongoose.mongo.Collection<Stored>) => Promise<T>): Promise<[T, T]> =>
    Promise.all([act(indexed), act(plain)]);

  async function fill(all: readonly mongoose.mongo.Document[]): Promise<void> {
    await both(async (collection) => {
      await collection.deleteMany({});
      await collection.insertMany(all.map((one, i) => ({ ...one, _id: `${(i * 7) % all.length}-${i}` })));
    });
  }

  async function expectSame(asked: Query, by: [string, Way][]): Promise<void> {
    const [found, scanned] = await both((collection) => collection.find(asked).toArray());
    const byId = (a: Stored, b: Stored): number => (a._id < b._id ? -1 : 1);
    expect(found.toSorted(byId)).toEqual(scanned.toSorted(byId));
    const [first, firstScanned] = await both((collection) =>
      collection.find(asked).sort(new Map(by)).skip(1).limit(5).toArray(),
    );
    expect(first).toEqual(firstScanned);
    const [counts, countsScanned] = await both((collection) =>
      collection.aggregate([{ $match: asked }, { $group: { _id: '$name', count: { $sum: 1 } } }]).toArray(),
    );
    expect(counts).toEqual(countsScanned);
    const [total, totalScanned] = await both((collection) => collection.countDocuments(asked, { limit: 20 }));
    expect(total).toBe(totalScanned);
  }

  it('finds by its indexes what it finds without them', async () => {
    await both((collection) => collection.insertOne({ _id: 'first' }));
    await indexed.createIndexes(INDEXES.map((key) => ({ key })));
    await fc.assert(
      fc.asyncProperty(
        documents,
        fc.array(fc.tuple(query, order), { minLength: 10, maxLength: 20 }),
        async (all, asked) => {
          await fill(all);
          for (const [what, by] of asked) await expectSame(what, by);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('keeps its indexes right through changes, and makes them again at a start', async () => {
    await fc.assert(
      fc.asyncProperty(documents, query, query, query, order, async (all, changed, removed, asked, by) => {
        await fill(all);
        const change = { $set: { name: 'z', any: [1, 'b'] }, $unset: { at: '' }, $inc: { count: 1 } };
        const [{ modifiedCount }, { modifiedCount: wanted }] = await both((collection) =>
          collection.updateMany(changed, change as object),
        );
        expect(modifiedCount).toBe(wanted);
        await both((collection) => collection.deleteMany(removed));
        await expectSame(asked, by);
        await expectSame({ name: 'z' }, by);
      }),
      { numRuns: 40 },
    );
    const before = await indexed.find({ tenant: 'x' }).sort({ name: 1, _id: 1 }).toArray();
    await server.restart();
    expect(await indexed.find({ tenant: 'x' }).sort({ name: 1, _id: 1 }).toArray()).toEqual(before);
    await expectSame({ tenant: 'x', name: { $gte: 'a' } }, [['_id', 1]]);
  });

  it('refuses a second document with the same unique key, also among those that were there', async () => {
    const unique = client.db('it').collection<Stored>('unique');
    await unique.insertMany([
      { _id: '1', a: 'x', b: 1 },
      { _id: '2', a: 'x', b: 1 },
    ]);
    await expect(unique.createIndex({ a: 1, b: 1 }, { unique: true })).rejects.toThrow(/E11000|duplicate/i);
    await unique.deleteOne({ _id: '2' });
    await unique.createIndex({ a: 1, b: 1 }, { unique: true });
    await expect(unique.insertOne({ _id: '3', a: 'x', b: 1 })).rejects.toMatchObject({ code: 11_000 });
    await unique.insertOne({ _id: '3', a: 'x', b: 2 });
    await expect(unique.updateOne({ _id: '3' }, { $set: { b: 1 } })).rejects.toMatchObject({ code: 11_000 });
    await expect(unique.insertOne({ _id: '1' })).rejects.toMatchObject({ code: 11_000 });
    await server.restart();
    await expect(unique.insertOne({ _id: '4', a: 'x', b: 2 })).rejects.toMatchObject({ code: 11_000 });
    expect(await unique.countDocuments({})).toBe(2);
  });

  it('answers a question that an index has the answer to without reading everything', async () => {
    const many = client.db('it').collection<Stored>('many');
    await many.createIndex({ name: 1, _id: 1 });
    const padding = 'x'.repeat(500);
    for (let start = 0; start < 40_000; start += 5_000) {
      await many.insertMany(
        Array.from({ length: 5_000 }, (_, i) => ({ _id: `${start + i}`, name: `n${start + i}`, padding })),
      );
    }
    const timed = async (asked: Query): Promise<number> => {
      const started = performance.now();
      for (let i = 0; i < 20; i += 1) await many.find(asked).limit(5).toArray();
      return performance.now() - started;
    };
    await timed({ name: 'n77' });
    // the regular expression has no index, and nothing matches: all are read
    expect(await timed({ name: 'n77' })).toBeLessThan((await timed({ padding: { $regex: 'y' } })) / 10);
  });
});

describe('the stand-in that is to be killed', () => {
  it('knows after a kill whatever it has answered', async () => {
    await fetchStandIn(() => {});
    const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    const server = await MongodbProcess.start({ folder, program: 'stand-in', isDurable: true });
    const connect = (serverSelectionTimeoutMS = 30_000) =>
      new mongoose.mongo.MongoClient(server.uri, { serverSelectionTimeoutMS }).connect();
    const documentsOf = (client: mongoose.mongo.MongoClient) =>
      client.db('it').collection<{ _id: string }>('it');
    const answered: string[] = [];
    try {
      for (let kill = 1; kill <= 3; kill += 1) {
        // writes that meet the kill are not to wait for the server's return
        const client = await connect(1_000);
        const enough = answered.length + 200;
        const write = async (writer: number): Promise<void> => {
          for (let written = 0; ; written += 1) {
            const _id = `${kill}-${writer}-${written}`;
            await documentsOf(client).insertOne({ _id });
            if (answered.push(_id) === enough) await server.kill();
          }
        };
        await Promise.all([1, 2, 3, 4].map((writer) => write(writer).catch(() => undefined)));
        await client.close();
        await server.restart();
        const after = await connect();
        const found = new Set((await documentsOf(after).find().toArray()).map(({ _id }) => _id));
        await after.close();
        expect(answered.filter((id) => !found.has(id))).toEqual([]);
      }
    } finally {
      await server.wipe();
    }
  }, 120_000);
});
