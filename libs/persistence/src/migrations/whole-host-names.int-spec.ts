import type { mongo } from 'mongoose';
import type { ComputerId } from '#domain';
import { computer, openStage, tenant, type Stage } from '../../testing/stage.js';
import { ComputerRepository } from '../computer.repository.js';
import type { Stored } from '../versioned-collection.js';
import { wholeHostNames } from './0003-whole-host-names.js';

const CUT = 'LAPTOP-BUCHHALT';
const WHOLE = 'LAPTOP-BUCHHALTUNG-01';

describe('whole host names', () => {
  let stage: Stage;
  let computers: ComputerRepository;

  beforeAll(async () => {
    stage = await openStage();
    computers = stage.get(ComputerRepository);
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

  const collection = (name: string): mongo.Collection<Stored> =>
    stage.connection.collection(name) as unknown as mongo.Collection<Stored>;
  const migrate = (): Promise<void> => wholeHostNames.up({ db: stage.connection.db as unknown as mongo.Db });
  const read = async (n: number) => {
    const found = await computers.findById([tenant], `c${n}` as ComputerId);
    if (!found) throw new Error(`there is no computer ${n}`);
    return found;
  };
  /** A computer as version 0.2 stored it: with the beginning of its name only. */
  const imported = async (n: number, name: string, fqdn: string | null, cells: string[]): Promise<void> => {
    const identity = `name:${fqdn ?? name}`;
    const { id, hostName: _, ...rest } = computer(n, { name, fqdn, identity });
    const search = `${name} ${fqdn ?? ''}`.toLowerCase();
    await collection('computers').insertOne({ _id: id, ...rest, nameKey: fqdn ?? name, search });
    if (cells.length > 0)
      await collection('importRows').insertOne({ _id: `r1:${n}`, revision: 0, run: 'r1', raw: cells });
  };

  it('come from the FQDN, else from what stood in the file; the rest keeps what is known', async () => {
    await imported(1, 'PC-01', null, ['PC-01']);
    await imported(2, 'ACCOUNTING-WORK', 'accounting-workstation-7.corp.test', []);
    await imported(3, CUT, null, ['Köln', 'laptop-buchhaltung-01', '10.1.2.3']);
    await imported(4, 'UBUNTU-WORKSTAT', null, []);
    await imported(5, 'EXACTLY-15-LONG', null, ['EXACTLY-15-LONG']);
    await imported(6, 'XN--BCHEREI-AUS', null, ['Bücherei-Ausleihe-3']);
    await migrate();
    const names = await Promise.all([1, 2, 3, 4, 5, 6].map(read));
    expect(names.map(({ hostName }) => hostName)).toEqual([
      'PC-01',
      'ACCOUNTING-WORKSTATION-7',
      WHOLE,
      'UBUNTU-WORKSTAT',
      'EXACTLY-15-LONG',
      'XN--BCHEREI-AUSLEIHE-3-M6B',
    ]);
    expect(names[2]).toMatchObject({ name: CUT, identity: `name:${WHOLE}`, revision: 1 });
    expect(names[5]).toMatchObject({ name: 'XN--BCHEREI-AUSLEIHE-3-M6B', revision: 1 });
    expect(names[0]).toMatchObject({ name: 'PC-01', revision: 0 });
    expect((await computers.findByNameKeys(tenant, [WHOLE])).map(({ id }) => id)).toEqual(['c3']);
    const search = { q: 'buchhaltung-01' };
    expect((await computers.list('all', search, { limit: 5 })).items.map(({ id }) => id)).toEqual(['c3']);
  });

  it('stay, although a server of the version before leaves them out of what it writes', async () => {
    const stored = collection('computers');
    await stored.updateOne({ _id: 'c3' }, { $unset: { hostName: '' }, $set: { nameKey: CUT } });
    expect(await read(3)).toMatchObject({ name: CUT, hostName: WHOLE });
    await computers.replace({ ...(await read(3)), address: '10.1.2.3' });
    expect(await stored.findOne({ _id: 'c3' })).toMatchObject({ hostName: WHOLE, nameKey: WHOLE });
  });

  it('are given to rows that wait for their commit', async () => {
    await collection('importRuns').insertOne({ _id: 'r2', revision: 0, state: 'previewed' });
    const row = { revision: 0, run: 'r2', tenant, fqdn: null, verdict: 'new' };
    await collection('importRows').insertMany([
      { ...row, _id: 'r2:2', line: 2, name: CUT, identity: `name:${CUT}`, raw: [WHOLE] },
      { ...row, _id: 'r2:3', line: 3, name: 'PC-02', identity: 'name:PC-02', raw: ['PC-02'] },
    ]);
    await migrate();
    await migrate();
    const rows = await collection('importRows').find({ run: 'r2' }).sort({ line: 1 }).toArray();
    expect(rows).toMatchObject([
      { name: CUT, hostName: WHOLE, identity: `name:${WHOLE}` },
      { name: 'PC-02', hostName: 'PC-02', identity: 'name:PC-02' },
    ]);
  });
});
