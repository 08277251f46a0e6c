import { Readable } from 'node:stream';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  planOrder,
  transition,
  type Computer,
  type ComputerId,
  type DpId,
  type ImportRunId,
  type InstallOrder,
  type OrderId,
  type TenantId,
  type TimelineEvent,
} from '#domain';
import { createDatabase, type TestDatabase } from '../../../tools/testing/database.js';
import { BlobStore, BlobTooLarge } from './blob-store.js';
import { ComputerRepository } from './computer.repository.js';
import { OrderRepository } from './order.repository.js';
import { PersistenceModule } from './persistence.module.js';
import { TimelineRepository } from './timeline.repository.js';

const tenant = 't1' as TenantId;
const now = new Date('2026-01-01T00:00:00Z');

const computer = (n: number, fields: Partial<Computer> = {}): Computer => ({
  id: `c${n}` as ComputerId,
  tenant,
  name: `PC${n}`,
  fqdn: null,
  address: null,
  identity: `name:PC${n}`,
  source: { kind: 'csv', run: 'r1' as ImportRunId, row: n, directory: null },
  dp: { fixed: 'site' as DpId, assigned: null, since: null, liftedAt: null },
  state: 'imported',
  openOrder: null,
  lastOrder: null,
  inventory: {
    os: null,
    version: null,
    description: null,
    location: null,
    ou: null,
    enabled: null,
    lastLogon: null,
  },
  client: null,
  restartDue: false,
  registerBy: null,
  alerts: [],
  status: { at: now, source: 'importer' },
  createdAt: now,
  revision: 0,
  ...fields,
});

const order = (n: number): InstallOrder =>
  planOrder({
    id: `o${n}` as OrderId,
    tenant,
    computer: `c${n}` as ComputerId,
    dp: 'site' as DpId,
    kind: 'install-client',
    release: null,
    requestedBy: 'test',
    note: null,
    retryOf: null,
    notBefore: now,
    attemptsAllowed: 5,
    expiry: 3600,
    now,
  });

describe('guarded writes on the database', () => {
  let database: TestDatabase;
  let app: TestingModule;
  let computers: ComputerRepository;
  let orders: OrderRepository;

  beforeAll(async () => {
    database = createDatabase();
    app = await Test.createTestingModule({
      imports: [PersistenceModule.forRoot({ uri: database.uri, standIn: database.standIn })],
    }).compile();
    await app.init();
    computers = app.get(ComputerRepository);
    orders = app.get(OrderRepository);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await database.drop();
  }, 30_000);

  it('gives back what was stored, and only what the domain knows', async () => {
    await orders.insertMany([order(1)]);
    expect(await orders.findById('all', 'o1' as OrderId)).toEqual(order(1));
    await orders.insertMany([{ ...order(1), note: 'again' }]);
    expect((await orders.findById('all', 'o1' as OrderId))?.note).toBeNull();
  });

  it('lets exactly one of 64 racers win', async () => {
    await computers.insertNew([computer(1)]);
    const stored = await computers.findById('all', 'c1' as ComputerId);
    if (!stored) throw new Error('not stored');
    const results = await Promise.all(
      Array.from({ length: 64 }, (_, i) => computers.replace({ ...stored, address: `10.0.0.${i}` })),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
    expect((await computers.findById('all', 'c1' as ComputerId))?.revision).toBe(1);
  });

  it('tells in a bulk which writes were lost', async () => {
    await orders.insertMany([order(2), order(3), order(4)]);
    const read = await orders.findByIds(['o2', 'o3', 'o4'] as OrderId[]);
    const other = read.filter((o) => o.id === 'o3');
    await orders.replaceMany(other.map((o) => ({ ...o, note: 'other' })));
    const { written, lost } = await orders.replaceMany(read.map((o) => ({ ...o, note: 'mine' })));
    expect(written.map((o) => o.id).sort()).toEqual(['o2', 'o4']);
    expect(lost).toEqual(['o3']);
    expect((await orders.findById('all', 'o3' as OrderId))?.note).toBe('other');
  });

  it('never stores a computer twice, by identity or by name', async () => {
    const twin = computer(90, { id: 'twin' as ComputerId, identity: 'name:PC1' });
    const sameName = computer(91, { id: 'same-name' as ComputerId, name: 'PC1', identity: 'ad:guid' });
    const { inserted, duplicates } = await computers.insertNew([twin, sameName, computer(92)]);
    expect(inserted).toEqual(['c92']);
    expect(duplicates.sort()).toEqual(['same-name', 'twin']);
  });

  it('hides what belongs to another tenant', async () => {
    expect(await computers.findById(['t2' as TenantId], 'c1' as ComputerId)).toBeNull();
    expect(await computers.findByIds([], ['c1' as ComputerId])).toEqual([]);
    expect((await computers.list([], {}, { limit: 10 })).total).toBe(0);
  });

  it('pages without repeating or hiding, while others are inserted', async () => {
    await computers.insertNew(
      Array.from({ length: 25 }, (_, i) => computer(200 + i * 2, { state: 'ready' })),
    );
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const result = await computers.list('all', { states: ['ready'] }, { limit: 7, after });
      seen.push(...result.items.map((c) => c.name));
      await computers.insertNew([computer(100 + seen.length, { state: 'imported' })]);
      after = result.next;
    } while (after);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toEqual(seen.toSorted());
    await expect(computers.list('all', {}, { limit: 5, after: 'rubbish' })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
  });

  it('searches names literally', async () => {
    await computers.insertNew([computer(500, { fqdn: 'odd.(name).test', address: '192.0.2.9' })]);
    const found = async (q: string): Promise<number> =>
      (await computers.list('all', { q }, { limit: 5 })).total;
    expect(await found('ODD.(na')).toBe(1);
    expect(await found('192.0.2.9')).toBe(1);
    expect(await found('oddX(na')).toBe(0);
  });

  it('finds orders when something is to be done, until they end', async () => {
    await orders.insertMany([order(10)]);
    const due = await orders.due(new Date(now.getTime() + 1), 100);
    expect(due.map((o) => o.id)).toContain('o10');
    const [planned] = await orders.findByIds(['o10' as OrderId]);
    if (!planned) throw new Error('not stored');
    const published = transition(planned, { type: 'published', ticket: 1 }, now);
    if (!published.changed) throw new Error('unchanged');
    const { written } = await orders.replaceMany([published.order]);
    expect((await orders.due(new Date(now.getTime() + 1), 100)).map((o) => o.id)).not.toContain('o10');
    const expired = transition(
      written[0] as InstallOrder,
      { type: 'expired' },
      new Date(now.getTime() + 3_600_000),
    );
    if (!expired.changed) throw new Error('unchanged');
    await orders.replaceMany([expired.order]);
    expect((await orders.due(new Date('2030-01-01'), 100)).map((o) => o.id)).not.toContain('o10');
  });

  it('adds a timeline event once', async () => {
    const timeline = app.get(TimelineRepository);
    const event = (id: string): TimelineEvent => ({
      id,
      tenant,
      computer: 'c1' as ComputerId,
      order: null,
      dp: null,
      importRun: null,
      at: now,
      source: 'server',
      kind: 'released',
      from: null,
      to: null,
      data: {},
    });
    await timeline.append([event('a'), event('b')]);
    await timeline.append([event('b'), event('c')]);
    const { items } = await timeline.listByComputer('all', 'c1' as ComputerId, { limit: 10 });
    expect(items.map((e) => e.id)).toEqual(['c', 'b', 'a']);
  });

  it('stores bytes with their digest, reads ranges, and keeps nothing of what breaks off', async () => {
    const blobs = app.get(BlobStore);
    const bytes = Buffer.alloc(700_000, 'relaypoint');
    const stored = await blobs.write('file', Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]));
    expect(stored.size).toBe(bytes.length);
    const part = Buffer.concat(await blobs.read(stored.blob, { start: 260_000, end: 530_000 }).toArray());
    expect(part.equals(bytes.subarray(260_000, 530_000))).toBe(true);
    await expect(blobs.write('big', Readable.from([bytes]), 1000)).rejects.toBeInstanceOf(BlobTooLarge);
    await blobs.remove(stored.blob);
    await blobs.remove(stored.blob);
  });
});
