import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '#domain';
import { AuditChainRepository, AuditRepository } from '#persistence';
import {
  type ChainEnd,
  type ChainFault,
  isSignedBy,
  publicKeyFromText,
  readCheckpoint,
  verifyChain,
} from '#sealing';
import { openStage, type Stage } from '../../../../../libs/persistence/testing/stage.js';
import { ShortLife } from '../../../../../tools/testing/short-life.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { AuditChainer } from './audit-chainer.js';
import { AuditCheckpoints } from './audit-checkpoints.js';

const HOUR_MS = 60 * 60_000;
const began = new Date('2026-03-02T08:00:00Z');

const entry = (n: number, at = began): AuditEntry => ({
  id: `e-${n}`,
  at,
  who: { id: 'user:u-1', name: 'anna' },
  address: '192.0.2.7',
  action: 'dp.enabled',
  target: `dp:site-${n}`,
  tenant: n % 2 === 0 ? null : 't1',
  data: { before: { n, list: [1, null, 'ä'] }, after: {} },
});

const entries = (from: number, count: number): AuditEntry[] =>
  Array.from({ length: count }, (_, n) => entry(from + n));

/** One of the servers of a database. */
interface Server {
  stage: Stage;
  life: ShortLife;
  rows: AuditRepository;
  chain: AuditChainRepository;
  chainer: AuditChainer;
  checkpoints: AuditCheckpoints;
}

describe('the chain of the audit on a database', () => {
  let folder: string;
  let keys: ServerKeys;
  let servers: Server[];
  let one: Server;
  let other: Server;

  const open = async (through?: (uri: string) => string): Promise<Server> => {
    const stage = await openStage({}, through);
    const [rows, chain] = [stage.get(AuditRepository), stage.get(AuditChainRepository)];
    const life = new ShortLife(stage.connection, { publish: () => Promise.resolve() });
    const chainer = new AuditChainer(rows, chain);
    return { stage, life, rows, chain, chainer, checkpoints: new AuditCheckpoints(chain, keys) };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-chain-'));
    keys = await ServerKeys.load({ folder });
  });
  afterAll(() => rm(folder, { recursive: true }));

  beforeEach(async () => {
    let uri = '';
    one = await open((own) => (uri = own));
    other = await open(() => uri);
    servers = [one, other];
  }, 60_000);
  afterEach(async () => {
    for (const { stage } of servers) await stage.close();
  }, 30_000);

  const settle = async ({ chainer }: Server, now = began): Promise<void> => {
    while (await chainer.run(now));
  };

  const verified = async ({ rows, chain }: Server): Promise<{ faults: ChainFault[]; end: ChainEnd }> => {
    const head = await chain.head();
    const walk = verifyChain({
      rows: () => rows.chained(head?.pending),
      checkpoints: () => chain.storedCheckpoints(),
      head: () => chain.head(),
      witnesses: [],
      isTrusted: (key) => key === keys.serverKey,
    });
    const faults: ChainFault[] = [];
    for (;;) {
      const next = await walk.next();
      if (next.done) return { faults, end: next.value };
      faults.push(next.value);
    }
  };

  it('takes in what was there before, marks it, and goes on with what comes', async () => {
    const old = new Date(began.getTime() - HOUR_MS);
    await one.rows.append([entry(1, old), entry(2, old)]);
    await settle(one);
    // dated back by somebody: that the chain was there already is seen
    await one.rows.append([entry(3), entry(4, old)]);
    await settle(one, new Date(began.getTime() + 1000));
    const { items } = await one.rows.list('all', {}, { limit: 10 });
    const links = items.map(({ id, chain }) => [id, chain?.before]);
    expect(Object.fromEntries(links)).toEqual({ 'e-1': true, 'e-2': true, 'e-3': false, 'e-4': false });
    expect(await verified(one)).toMatchObject({ faults: [], end: { rows: 4, before: 2 } });
  });

  it('is one chain when two servers link at once, while others write', async () => {
    const work = servers.map(async ({ chainer, rows }, which) => {
      for (let round = 0; round < 12; round += 1) {
        await Promise.all([chainer.run(began), rows.append(entries(which * 1000 + round * 20, 20))]);
      }
    });
    await Promise.all(work);
    await settle(one);
    expect(await verified(other)).toMatchObject({ faults: [], end: { rows: 480, sequence: 480 } });
    expect((await other.chain.head())?.pending).toEqual([]);
  }, 60_000);

  it('loses and doubles nothing when servers die before any of their writes, side by side', async () => {
    let written = 0;
    for (let write = 0; write < 5; write += 1) {
      for (let second = 0; second < 5; second += 1) {
        await one.rows.append(entries(written, 3));
        written += 3;
        await Promise.all([
          one.life.until(write, () => settle(one)),
          other.life.until(second, () => settle(other)),
        ]);
        // as it stands at this moment, links that are only decided included
        expect((await verified(one)).faults).toEqual([]);
      }
    }
    await settle(one);
    expect(await verified(other)).toMatchObject({ faults: [], end: { rows: written, sequence: written } });
  }, 60_000);

  it('goes on when an entry is gone before its link was written, and shows that it is', async () => {
    await one.rows.append(entries(1, 3));
    // dies after the head, before the entries
    await one.life.until(0, () => settle(one));
    await one.life.until(1, () => one.chainer.run(began));
    await one.life.until(1, () => one.chainer.run(began));
    const head = await one.chain.head();
    const gone = head?.pending[1];
    expect(gone).toBeDefined();
    await one.stage.connection.collection('audit').deleteOne({ _id: gone?.entry as never });
    await settle(one);
    await one.rows.append(entries(4, 1));
    await settle(one);
    expect((await verified(one)).faults).toMatchObject([{ kind: 'missing', sequence: gone?.sequence }]);
  });

  it('links what its own schema would refuse', async () => {
    const raw = one.stage.connection.collection('audit');
    await raw.insertOne({ _id: 'foreign' as never, at: 'yesterday', data: { n: Number.NaN } });
    await settle(one);
    expect((await verified(one)).end).toMatchObject({ rows: 1, sequence: 1 });
    await raw.updateOne({ _id: 'foreign' as never }, { $set: { at: 'today' } });
    expect((await verified(one)).faults).toMatchObject([{ kind: 'changed', sequence: 1, entry: 'foreign' }]);
  });

  it('goes on beside entries that no server can have written', async () => {
    const raw = one.stage.connection.collection('audit');
    await raw.insertOne({});
    await raw.insertOne({ _id: '' as never, at: began });
    await one.rows.append(entries(1, 3));
    await settle(one);
    expect((await verified(one)).end).toMatchObject({ rows: 3, sequence: 3 });
  });

  it('is signed also when the newest checkpoint is of a time to come', async () => {
    await one.rows.append(entries(1, 1));
    await settle(one);
    await one.checkpoints.run(new Date(began.getTime() + 24 * HOUR_MS));
    await one.rows.append(entries(2, 1));
    await settle(one);
    await one.checkpoints.run(began);
    expect(await one.chain.newestCheckpoint()).toMatchObject({ number: 2, sequence: 2 });
  });

  it('is signed when something new has stood for an hour, or a thousand entries have come; once, whoever does it', async () => {
    const sign = (now: Date) => Promise.all(servers.map(({ checkpoints }) => checkpoints.run(now)));
    await sign(began);
    expect(await one.chain.newestCheckpoint()).toBeNull();
    await one.rows.append(entries(1, 2));
    await settle(one);
    await sign(began);
    await one.rows.append(entries(3, 2));
    await settle(one);
    await sign(new Date(began.getTime() + HOUR_MS - 1));
    expect(await one.chain.newestCheckpoint()).toMatchObject({ number: 1, sequence: 2 });
    // as it comes to a DP
    const told = readCheckpoint(JSON.parse(JSON.stringify(await one.checkpoints.forDps())));
    const key = publicKeyFromText('ed25519', keys.serverKey);
    expect(told && key && isSignedBy(key, told)).toBe(true);
    await sign(new Date(began.getTime() + HOUR_MS));
    expect(await one.chain.newestCheckpoint()).toMatchObject({ number: 2, sequence: 4 });
    await sign(new Date(began.getTime() + 5 * HOUR_MS));
    await one.rows.append(entries(5, 1000));
    await settle(one);
    await sign(new Date(began.getTime() + HOUR_MS));
    expect(await one.chain.newestCheckpoint()).toMatchObject({ number: 3, sequence: 1004 });
    expect(await verified(one)).toMatchObject({ faults: [], end: { checkpoints: 3, signed: 1004 } });
    await one.stage.connection.collection('auditCheckpoints').deleteOne({ number: 2 });
    expect((await verified(one)).faults).toMatchObject([{ kind: 'contradicted', sequence: 1004 }]);
  }, 60_000);
});
