import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mongoose, { mongo } from 'mongoose';
import { EnvironmentFault } from '#runtime';
import { PREVIOUS_MIGRATION } from '../../../tools/versions/previous-version.js';
import { createDatabase, type TestDatabase } from '../../../tools/testing/database.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { documentCheck } from './stored-document.js';
import { indexesOf } from './make-indexes.js';
import { migrate, migrationsOf } from './migrate.js';
import { MigrationLock } from './migration-lock.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Migration } from './migrations/migration.js';
import { SCHEMAS } from './persistence.module.js';
import { prepareDatabase } from './prepare-database.js';

/** What version 0.1 had stored: documents by collection, and the indexes that it had made. */
interface Fixture {
  documents: Record<string, mongo.Document[]>;
  indexes: Record<string, [string, 1 | -1][][]>;
}

const FIXTURE = mongoose.mongo.BSON.EJSON.parse(
  readFileSync(join(import.meta.dirname, '../testing/version-0.1.json'), 'utf8'),
) as Fixture;

/** A silent holder of the lock is dead after so long. */
const DEAD_MS = 1_200;

describe('migrations', () => {
  let database: TestDatabase;
  let clients: mongo.MongoClient[];
  let log: string[];

  /** Another process: a connection of its own. */
  const connect = async (): Promise<mongo.Db> => {
    const client = await mongo.MongoClient.connect(database.uri, { retryWrites: false });
    clients.push(client);
    return client.db();
  };
  const run = async (db: mongo.Db, migrations?: readonly Migration[]): Promise<void> =>
    migrate(db, {
      log: (text) => log.push(text),
      deadMs: DEAD_MS,
      ...(migrations && { migrations }),
    });
  const applied = async (db: mongo.Db): Promise<string[]> =>
    (await db.collection('migrations').find().toArray()).map(({ _id }) => String(_id)).toSorted();

  beforeEach(() => {
    database = createDatabase();
    clients = [];
    log = [];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await database.drop();
  });

  it('have names that are in their order', () => {
    const names = MIGRATIONS.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    for (const [index, name] of names.entries())
      expect(name.slice(0, 5)).toBe(`${String(index + 1).padStart(4, '0')}-`);
  });

  it('take a database of version 0.1 to what this version stores', async () => {
    const db = await connect();
    for (const [collection, documents] of Object.entries(FIXTURE.documents))
      await db.collection(collection).insertMany(documents);
    for (const [collection, indexes] of Object.entries(FIXTURE.indexes))
      await db.collection(collection).createIndexes(indexes.map((key) => ({ key: new Map(key) })));
    await run(db);
    expect(await applied(db)).toEqual(MIGRATIONS.map(({ name }) => name));
    for (const schema of Object.values(SCHEMAS)) {
      const name = String(schema.get('collection'));
      const stored = await db.collection<{ _id: string }>(name).find().toArray();
      // what came after version 0.1 has nothing from then
      expect([name, stored.length]).toEqual([name, FIXTURE.documents[name]?.length ?? 0]);
      for (const one of stored) documentCheck(schema)(one);
      const declared = indexesOf(schema).map(({ key }) => nameOf(Object.entries(key)));
      const indexes = FIXTURE.indexes[name];
      if (indexes) expect((await namesOf(db, name)).toSorted()).toEqual(['_id_', ...declared].toSorted());
      for (const former of indexes ?? []) expect(declared).not.toContain(nameOf(former));
    }
  });

  it('are run once by those that start at once, and the others wait for the end', async () => {
    const done: string[] = [];
    const slow = (name: string): Migration => ({
      name,
      needs: null,
      up: async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        done.push(name);
      },
    });
    const both = [slow('0001-a'), slow('0002-b')];
    const servers = await Promise.all([connect(), connect(), connect()]);
    await Promise.all(
      servers.map(async (db) => {
        await run(db, both);
        expect(await applied(db)).toEqual(['0001-a', '0002-b']);
      }),
    );
    expect(done).toEqual(['0001-a', '0002-b']);
  });

  it('are taken up by the next one when a server dies in the middle', async () => {
    const dying = await connect();
    const next = await connect();
    let ran = 0;
    const step: Migration = {
      name: '0001-a',
      needs: null,
      up: async ({ db }) => {
        ran += 1;
        await db
          .collection<{ _id: string }>('things')
          .updateOne({ _id: 'x' }, { $set: { ran } }, { upsert: true });
        // the first is cut off from its database for good, as a process is that dies
        if (ran === 1) await clients[0]?.close();
      },
    };
    const dead = run(dying, [step]).catch((error: unknown) => error);
    await eventually(async () => expect(ran).toBe(1), { timeoutMs: 5_000 });
    const started = performance.now();
    await run(next, [step]);
    expect(performance.now() - started).toBeGreaterThan(DEAD_MS);
    expect(ran).toBe(2);
    expect(await applied(next)).toEqual(['0001-a']);
    expect(await dead).toBeInstanceOf(Error);
  });

  it('are not taken from a server that lives, however long it takes', async () => {
    const [slow, next] = await Promise.all([connect(), connect()]);
    let ran = 0;
    const step: Migration = {
      name: '0001-a',
      needs: null,
      up: async () => {
        ran += 1;
        await new Promise((resolve) => setTimeout(resolve, 3 * DEAD_MS));
      },
    };
    await Promise.all([run(slow, [step]), run(next, [step])]);
    expect(ran).toBe(1);
  });

  it('stop when another has taken the lock over', async () => {
    const db = await connect();
    const steps: Migration[] = [
      {
        name: '0001-a',
        needs: null,
        up: async () => {
          await db
            .collection<{ _id: string }>('locks')
            .updateOne({ _id: 'migrations' }, { $set: { holder: 'other' } });
        },
      },
      { name: '0002-b', needs: null, up: () => Promise.reject(new Error('it went on')) },
    ];
    await expect(run(db, steps)).rejects.toMatchObject({ name: 'MigrationLockLost' });
    expect(await applied(db)).toEqual([]);
  });

  it('give the lock back when one fails, and are tried again by the next start', async () => {
    const db = await connect();
    await expect(
      run(db, [{ name: '0001-a', needs: null, up: () => Promise.reject(new Error('no')) }]),
    ).rejects.toThrow('no');
    const started = performance.now();
    await new MigrationLock(db, 60_000).use(async () => undefined);
    await run(db, [{ name: '0001-a', needs: null, up: async () => undefined }]);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(await applied(db)).toEqual(['0001-a']);
  });

  it('of a later version keep this one from starting, in one sentence', async () => {
    const db = await connect();
    await run(db);
    await db.collection<{ _id: string }>('migrations').insertOne({ _id: '9999-from-the-future' });
    const fault = await run(db).catch((error: unknown) => error);
    expect(fault).toBeInstanceOf(EnvironmentFault);
    expect(String(fault)).toMatch(/later version of Relaypoint .*9999-from-the-future/);
  });

  describe('of the next version', () => {
    const nothing = async (): Promise<void> => undefined;
    const first: Migration = { name: '0001-a', needs: null, up: nothing };
    const ofTheNext: Migration = { name: '0002-b', needs: '0001-a', up: nothing };
    const afterThat: Migration = { name: '0003-c', needs: '0002-b', up: nothing };

    it('let this one start beside it, and again when it is gone back to', async () => {
      const db = await connect();
      await run(db, [first, ofTheNext]);
      log = [];
      await run(db, [first]);
      expect(log).toEqual([expect.stringMatching(/the next version has migrated .*0002-b/)]);
      await run(db, [first, ofTheNext]);
      expect(await applied(db)).toEqual(['0001-a', '0002-b']);
    });

    it('keep one from starting that does not know what they need', async () => {
      const db = await connect();
      await run(db, [first, ofTheNext, afterThat]);
      await expect(run(db, [first])).rejects.toThrow(/later version .*0002-b, 0003-c/);
      await run(db, [first, ofTheNext]);
    });

    it('are named to whoever looks at the database, when this one cannot work with them', async () => {
      const db = await connect();
      await run(db);
      const notes = db.collection<{ _id: string; needs?: string }>('migrations');
      await notes.insertOne({ _id: '9998-of-the-next', needs: MIGRATIONS.at(-1)?.name ?? '' });
      expect((await migrationsOf(db)).later).toEqual([]);
      await notes.insertOne({ _id: '9999-after-that', needs: '9998-of-the-next' });
      expect((await migrationsOf(db)).later).toEqual(['9999-after-that']);
    });

    it('that are still to be run need nothing of their own version', () => {
      const known = new Set(MIGRATIONS.map(({ name }) => name).filter((name) => name <= PREVIOUS_MIGRATION));
      expect(known.has(PREVIOUS_MIGRATION)).toBe(true);
      for (const { name, needs } of MIGRATIONS.filter((one) => !known.has(one.name)))
        expect([name, needs]).toEqual([name, PREVIOUS_MIGRATION]);
    });
  });

  it('are over before a program reads anything', async () => {
    const db = await connect();
    await db.collection<{ _id: string }>('migrations').insertOne({ _id: '9999-from-the-future' });
    await expect(prepareDatabase({ uri: database.uri, standIn: database.standIn })).rejects.toThrow(
      EnvironmentFault,
    );
  });
});

async function namesOf(db: mongo.Db, collection: string): Promise<string[]> {
  return (await db.collection(collection).indexes()).map(({ name }) => String(name));
}

/** As MongoDB names it. */
function nameOf(keys: readonly (readonly [string, unknown])[]): string {
  return keys.map(([field, way]) => `${field}_${String(way)}`).join('_');
}
