import type { mongo } from 'mongoose';
import { PREVIOUS_MIGRATION } from '../../../tools/versions/previous-version.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { computer, openStage, type Stage } from '../testing/stage.js';
import { ComputerRepository } from './computer.repository.js';
import { repeatedOf } from './migrate.js';
import { MigrationLock } from './migration-lock.js';
import { NEWEST_MIGRATION } from './migrations/index.js';
import { RepeatedMigrations, Repeats } from './repeated-migrations.js';
import type { Stored } from './versioned-collection.js';

const SIGNAL = new AbortController().signal;

describe('migrations that are made again', () => {
  let stage: Stage;
  let db: mongo.Db;
  let made = 0;

  beforeEach(async () => {
    stage = await openStage();
    db = stage.connection.db as unknown as mongo.Db;
  }, 60_000);
  afterEach(() => stage.close(), 30_000);

  /** A computer as an importer of the version before makes it, after the migration. */
  const importEarlier = async (): Promise<string> => {
    made += 1;
    const { id, ...rest } = computer(made);
    const names = { nameKey: rest.hostName, search: rest.hostName.toLowerCase() };
    await db.collection<Stored>('computers').insertOne({ _id: id, ...rest, ...names });
    return id;
  };
  const found = async (): Promise<string[]> =>
    (await stage.get(ComputerRepository).list('all', { text: 'pc' }, { limit: 9 })).items.map(({ id }) => id);
  const programs = () => db.collection<{ _id: string; beat: number }>('programs');
  const beat = async (): Promise<void> => {
    await programs().updateOne(
      { _id: 'earlier' },
      { $inc: { beat: 1 }, $setOnInsert: { program: 'importer' } },
      { upsert: true },
    );
  };

  it('are none that the version before knows', () => {
    for (const { name } of repeatedOf()) expect(name > PREVIOUS_MIGRATION).toBe(true);
  });

  it('are made once after a start: whoever was gone back to leaves no trace', async () => {
    const repeats = new Repeats();
    const first = await importEarlier();
    await repeats.look(db, SIGNAL);
    expect(await found()).toEqual([first]);
    await importEarlier();
    await repeats.look(db, SIGNAL);
    expect(await found()).toEqual([first]);
  });

  it('are made as long as a program of the version before runs, and after it', async () => {
    const repeats = new Repeats();
    const ids: string[] = [];
    for (let look = 0; look < 3; look += 1) {
      await beat();
      ids.push(await importEarlier());
      await repeats.look(db, SIGNAL);
      expect((await found()).toSorted()).toEqual(ids.toSorted());
    }
    // its last one; then it was killed, and is noted for ever
    ids.push(await importEarlier());
    await repeats.look(db, SIGNAL);
    expect((await found()).toSorted()).toEqual(ids.toSorted());
    await importEarlier();
    await repeats.look(db, SIGNAL);
    expect((await found()).toSorted()).toEqual(ids.toSorted());
  });

  it('are tried again at the next look when they fail', async () => {
    const repeats = new Repeats();
    const id = await importEarlier();
    await expect(repeats.look(db, AbortSignal.abort())).rejects.toThrow();
    await repeats.look(db, SIGNAL);
    expect(await found()).toEqual([id]);
  });

  it('are made by a program in the background, which notes what it knows', async () => {
    expect(await programs().find().toArray()).toMatchObject([{ migration: NEWEST_MIGRATION }]);
    expect(stage.get(RepeatedMigrations)).toBeInstanceOf(RepeatedMigrations);
    const { uri, standIn } = stage;
    const own = new RepeatedMigrations({ uri, standIn }, { first: 1, next: 10 });
    const id = await importEarlier();
    own.onApplicationBootstrap();
    await eventually(async () => expect(await found()).toEqual([id]), { timeoutMs: 20_000 });
    await own.onModuleDestroy();
  });

  it('hold up no program that ends while another one migrates', async () => {
    const { uri, standIn } = stage;
    const own = new RepeatedMigrations({ uri, standIn }, { first: 1, next: 10 });
    await new MigrationLock(db).use(async () => {
      own.onApplicationBootstrap();
      await new Promise((resolve) => setTimeout(resolve, 500));
      const begun = performance.now();
      await own.onModuleDestroy();
      expect(performance.now() - begun).toBeLessThan(5_000);
    });
  });
});
