import {
  transition,
  type ComputerId,
  type DpId,
  type InstallOrder,
  type OrderId,
  type TenantId,
  type TimelineEvent,
} from '#domain';
import { after, computer, now, openStage, order, tenant, type Stage } from '../testing/stage.js';
import { ComputerRepository } from './computer.repository.js';
import { OrderRepository } from './order.repository.js';
import { TimelineRepository } from './timeline.repository.js';

const FOREIGN = 't2' as TenantId;

describe('guarded writes on the database', () => {
  let stage: Stage;
  let computers: ComputerRepository;
  let orders: OrderRepository;

  beforeAll(async () => {
    stage = await openStage();
    computers = stage.get(ComputerRepository);
    orders = stage.get(OrderRepository);
  }, 60_000);

  afterAll(() => stage.close(), 30_000);

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
    expect(written.map((o) => o.id).toSorted()).toEqual(['o2', 'o4']);
    expect(lost).toEqual(['o3']);
    expect((await orders.findById('all', 'o3' as OrderId))?.note).toBe('other');
  });

  it('tells which writes of a bulk can never be done, and does the others', async () => {
    await computers.insertNew([computer(31), computer(32), computer(33)]);
    const read = await computers.findByIds('all', ['c31', 'c32', 'c33'] as ComputerId[]);
    await computers.replaceMany(read.filter((c) => c.id === 'c33'));
    const { written, lost, duplicates } = await computers.replaceMany(
      read.map((c) => ({ ...c, address: 'new', identity: c.id === 'c31' ? 'name:PC32' : c.identity })),
    );
    expect(written.map((c) => c.id)).toEqual(['c32']);
    expect(lost.toSorted()).toEqual(['c31', 'c33']);
    expect(duplicates).toEqual(['c31']);
    const stored = await computers.findByIds('all', ['c31', 'c32'] as ComputerId[]);
    expect(new Map(stored.map((c) => [c.id, c.address]))).toEqual(
      new Map([
        ['c31', null],
        ['c32', 'new'],
      ]),
    );
    await expect(computers.replace(computer(31, { identity: 'name:PC32' }))).rejects.toMatchObject({
      code: 'DUPLICATE',
    });
  });

  it('gives back a bulk write of others as lost, though it ended at the same revision', async () => {
    await orders.insertMany([order(34), order(35)]);
    const read = await orders.findByIds(['o34', 'o35'] as OrderId[]);
    const [mine, theirs] = await Promise.all(
      ['mine', 'theirs'].map((note) => orders.replaceMany(read.map((o) => ({ ...o, note })))),
    );
    const stored = await orders.findByIds(['o34', 'o35'] as OrderId[]);
    const notes = new Map(stored.map((o) => [o.id, o.note]));
    for (const { id } of mine?.written ?? []) expect(notes.get(id)).toBe('mine');
    for (const { id } of theirs?.written ?? []) expect(notes.get(id)).toBe('theirs');
    expect([...(mine?.written ?? []), ...(theirs?.written ?? [])]).toHaveLength(2);
    expect([...(mine?.lost ?? []), ...(theirs?.lost ?? [])]).toHaveLength(2);
  });

  it('lets one caller win each document when many write the same ones at the same moment', async () => {
    const numbers = Array.from({ length: 20 }, (_, i) => 100 + i);
    await orders.insertMany(numbers.map((n) => order(n)));
    const ids = numbers.map((n) => `o${n}` as OrderId);
    for (let round = 0; round < 5; round += 1) {
      const read = await orders.findByIds(ids);
      const outcomes = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          orders.replaceMany(read.map((o) => ({ ...o, note: `${round}:${i}` }))),
        ),
      );
      const stored = new Map((await orders.findByIds(ids)).map((o) => [o.id, o]));
      const winners = outcomes.flatMap(({ written }) => written);
      expect(winners.map((o) => o.id).toSorted()).toEqual(ids.toSorted());
      for (const winner of winners) expect(winner).toEqual(stored.get(winner.id));
      for (const { written, lost } of outcomes)
        expect([...written.map((o) => o.id), ...lost].toSorted()).toEqual(ids.toSorted());
    }
  });

  it('counts what each DP holds', async () => {
    const held = async (): Promise<(number | undefined)[]> => {
      const counts = await orders.countsHeld(['site', 'elsewhere'] as DpId[]);
      return [counts.get('site' as DpId), counts.get('elsewhere' as DpId)];
    };
    const [before = 0] = await held();
    await orders.insertMany([order(200, { state: 'running' }), order(201, { state: 'leased' }), order(202)]);
    expect(await held()).toEqual([before + 2, undefined]);
  });

  it('leaves out fields without a value instead of storing null', async () => {
    const alert = { code: 'A', at: now, text: 't', more: undefined };
    await computers.insertNew([computer(36, { alerts: [alert] })]);
    const [stored] = await computers.findByIds('all', ['c36' as ComputerId]);
    expect(Object.keys(stored?.alerts[0] ?? {})).toEqual(['code', 'at', 'text']);
    await computers.replace({ ...computer(36), alerts: [alert] });
    await computers.replaceMany([{ ...computer(36), alerts: [alert], revision: 1 }]);
    const again = await computers.findById('all', 'c36' as ComputerId);
    expect(again?.revision).toBe(2);
    expect(Object.keys(again?.alerts[0] ?? {})).toEqual(['code', 'at', 'text']);
  });

  it('never stores a computer twice, by identity or by name', async () => {
    const twin = computer(90, { id: 'twin' as ComputerId, identity: 'name:PC1' });
    const sameName = computer(91, { id: 'same-name' as ComputerId, name: 'PC1', identity: 'ad:guid' });
    const { inserted, duplicates } = await computers.insertNew([twin, sameName, computer(92)]);
    expect(inserted).toEqual(['c92']);
    expect(duplicates.toSorted()).toEqual(['same-name', 'twin']);
  });

  it('hides what belongs to another tenant', async () => {
    expect(await computers.findById([FOREIGN], 'c1' as ComputerId)).toBeNull();
    expect(await computers.findByIds([], ['c1' as ComputerId])).toEqual([]);
    expect((await computers.list([], {}, { limit: 10 })).total).toBe(0);
  });

  it('searches names literally', async () => {
    await computers.insertNew([computer(500, { fqdn: 'odd.(name).test', address: '192.0.2.9' })]);
    const found = async (q: string): Promise<number> =>
      (await computers.list('all', { q }, { limit: 5 })).total;
    expect(await found('ODD.(na')).toBe(1);
    expect(await found('192.0.2.9')).toBe(1);
    expect(await found('oddX(na')).toBe(0);
    expect(await found('odd\0')).toBe(0);
  });

  it('finds orders when something is to be done, until they end', async () => {
    await orders.insertMany([order(10)]);
    const idsOf = (found: InstallOrder[]): string[] => found.map(({ id }) => id);
    // its ticket is reserved for whoever made it; it stands before no deadline
    expect(idsOf(await orders.toDispatch(after(14), 100))).not.toContain('o10');
    expect(idsOf(await orders.toDispatch(after(15), 100))).toContain('o10');
    expect(idsOf(await orders.due(after(15), 100))).not.toContain('o10');
    const [planned] = await orders.findByIds(['o10' as OrderId]);
    if (!planned) throw new Error('not stored');
    const published = transition(planned, { type: 'published', ticket: 1 }, now);
    if (!published.changed) throw new Error('unchanged');
    const { written } = await orders.replaceMany([published.order]);
    expect(idsOf(await orders.toDispatch(after(3_600), 100))).not.toContain('o10');
    expect(idsOf(await orders.due(after(3_600), 100))).toContain('o10');
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
    const timeline = stage.get(TimelineRepository);
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
});
