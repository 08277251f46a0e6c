import type { mongo } from 'mongoose';
import type { Computer } from '#domain';
import { computer, openStage, type Stage } from '../../testing/stage.js';
import { ComputerRepository } from '../computer.repository.js';
import type { Stored } from '../versioned-collection.js';
import { searchAndFailure } from './0004-search-and-failure.js';

describe('search and failure of computers that an earlier version stored', () => {
  let stage: Stage;
  let computers: ComputerRepository;

  beforeAll(async () => {
    stage = await openStage();
    computers = stage.get(ComputerRepository);
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

  const collection = (name: string): mongo.Collection<Stored> =>
    stage.connection.collection(name) as unknown as mongo.Collection<Stored>;
  const ids = async (filter: object): Promise<string[]> =>
    (await computers.list('all', filter, { limit: 9 })).items.map(({ id }) => id);

  it('are given to them, as often as it is run', async () => {
    const inventory = {
      os: 'Windows 11 Pro',
      version: null,
      description: 'Empfang',
      location: null,
      ou: 'OU=Vertrieb,DC=corp',
      enabled: null,
      lastLogon: null,
    };
    const timedOut = [
      { code: 'REGISTER_TIMEOUT', at: new Date(), key: 'alert.registrationOverdue' },
    ] as const;
    for (const one of [
      computer(1, { inventory }),
      computer(2, { state: 'install-failed', lastOrder: 'o2' as never }),
      computer(3, { state: 'install-failed', lastOrder: 'o3' as never, alerts: timedOut }),
      computer(4, { state: 'ready', lastOrder: 'o2' as never }),
    ]) {
      const { id, ...rest } = one;
      const names = { nameKey: rest.hostName, search: rest.hostName.toLowerCase() };
      await collection('computers').insertOne({ _id: id, ...rest, ...names });
    }
    const order = { revision: 0, state: 'failed', failure: { code: 'DISK_FULL' } };
    await collection('orders').insertMany([
      { ...order, _id: 'o2' },
      { ...order, _id: 'o3', state: 'succeeded', failure: null },
    ]);
    for (let run = 0; run < 2; run += 1) {
      await searchAndFailure.up({ db: stage.connection.db as unknown as mongo.Db });
      for (const text of ['windows 11', 'empfang', 'ou=vertrieb', 'pc'])
        expect(await ids({ text })).toContain('c1');
      expect(await ids({ q: 'empfang' })).toEqual([]);
      expect(await ids({ failure: 'DISK_FULL' })).toEqual(['c2']);
      expect(await ids({ failure: 'REGISTER_TIMEOUT' })).toEqual(['c3']);
      expect((await collection('computers').findOne({ _id: 'c4' }))?.['failure']).toBeUndefined();
    }
  });

  const migrate = (db: mongo.Db = stage.connection.db as unknown as mongo.Db): Promise<void> =>
    searchAndFailure.up({ db });
  /** A computer as a program of the version before stores it. */
  const storeEarlier = async (n: number, fields: Partial<Computer> = {}): Promise<void> => {
    const { id, hostName, ...rest } = computer(n, fields);
    await collection('computers').insertOne({
      _id: id,
      ...rest,
      nameKey: hostName,
      search: hostName.toLowerCase(),
    });
  };
  const stored = (n: number) => collection('computers').findOne({ _id: `c${n}` });

  it('do without a host name, which a program of the version before leaves out', async () => {
    await storeEarlier(10, { name: 'LAPTOP-BUCHHALT', identity: 'name:LAPTOP-BUCHHALTUNG-01' });
    await migrate();
    expect(await ids({ text: 'buchhaltung-01' })).toEqual(['c10']);
  });

  it('are not lost to whoever changes a computer meanwhile, nor to who has read it before', async () => {
    await collection('orders').insertOne({
      _id: 'o11',
      revision: 0,
      state: 'failed',
      failure: { code: 'DP_INTERNAL' },
    });
    await storeEarlier(11, { state: 'install-failed', lastOrder: 'o11' as never });
    const before = await stored(11);
    let isRaced = false;
    const changedBetween = async (): Promise<void> => {
      if (isRaced) return;
      isRaced = true;
      await collection('computers').updateOne(
        { _id: 'c11' },
        { $set: { address: '10.1.2.3', revision: 1 }, $unset: { words: '' } },
      );
    };
    await migrate(beforeBulks(stage.connection.db as unknown as mongo.Db, changedBetween));
    expect(await stored(11)).toMatchObject({
      address: '10.1.2.3',
      failure: 'DP_INTERNAL',
      words: 'pc11 10.1.2.3',
      revision: 2,
    });
    const back = await collection('computers').replaceOne({ _id: 'c11', revision: 1 }, { ...before });
    expect(back.matchedCount).toBe(0);
  });

  it('are put right where a program of the version before has left them as they were', async () => {
    const { inventory } = computer(12);
    await storeEarlier(12, { inventory: { ...inventory, description: 'Lager' }, state: 'install-failed' });
    await collection('computers').updateOne(
      { _id: 'c12' },
      { $set: { words: 'pc12 empfang', failure: 'DISK_FULL', lastOrder: 'o11' } },
    );
    await migrate();
    expect(await stored(12)).toMatchObject({ words: 'pc12 lager', failure: 'DP_INTERNAL', revision: 1 });
    await migrate();
    expect(await stored(12)).toMatchObject({ revision: 1 });
  });
});

/** The same database, where something happens before each bulk. */
function beforeBulks(db: mongo.Db, happens: () => Promise<void>): mongo.Db {
  const real = db.collection.bind(db);
  return new Proxy(db, {
    get: (target, key) => {
      if (key !== 'collection') return Reflect.get(target, key);
      return (name: string) => {
        const one = real(name);
        const bulk = one.bulkWrite.bind(one);
        one.bulkWrite = async (...args: Parameters<typeof bulk>) => {
          await happens();
          return bulk(...args);
        };
        return one;
      };
    },
  });
}
