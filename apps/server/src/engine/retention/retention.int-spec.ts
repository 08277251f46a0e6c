import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type AuditEntry,
  type ComputerId,
  type ImportRow,
  type ImportRun,
  type InstallOrder,
  type OrderId,
  RETENTION_KINDS,
} from '#domain';
import {
  AuditChainRepository,
  AuditRepository,
  ComputerRepository,
  DirectorySyncRepository,
  IdempotencyRepository,
  ImportRowRepository,
  ImportRunRepository,
  LoginAttemptsRepository,
  OrderRepository,
  RetentionRepository,
  RolloutRepository,
  SessionRepository,
  SettingsRepository,
  TimelineRepository,
} from '#persistence';
import {
  canonicalJson,
  CHAIN_START,
  type ChainLink,
  type ChainRow,
  linkHash,
  sha256,
  verifyChain,
} from '#sealing';
import { WHOLE } from '../../../../../libs/persistence/testing/aggregates.js';
import {
  after,
  computer,
  now,
  openStage,
  order,
  type Stage,
} from '../../../../../libs/persistence/testing/stage.js';
import { ShortLife } from '../../../../../tools/testing/short-life.js';
import type { ServerEnv } from '../../platform/config/server-env.js';
import type { Metrics } from '../../platform/health/metrics.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { AuditChainer } from '../audit/audit-chainer.js';
import { AuditCheckpoints } from '../audit/audit-checkpoints.js';
import { ArchiveFolder } from './archive-folder.js';
import { AuditChainFault, AuditKeeper } from './audit-keeper.js';
import { ExpiredRecords } from './expired-records.js';
import { ImportKeeper } from './import-keeper.js';
import { OrderKeeper } from './order-keeper.js';
import type { RetentionKeeper } from './retention-keeper.js';
import { type RetentionMeans, RetentionRun, TurnLost } from './retention-run.js';
import { RetentionSweeper } from './retention-sweeper.js';

/** Of what ended up to now, everything has been kept long enough. */
const before = after(1);
/** No part takes more writes than this. */
const MOST_WRITES = 8;

const ended = (n: number, fields: Partial<InstallOrder> = {}): InstallOrder =>
  order(n, {
    state: 'failed',
    endedAt: now,
    publish: { ticket: 1, due: null, reservedUntil: null, sentAt: null },
    ...fields,
  });
type ArchivedLink = Pick<ChainLink, 'sequence' | 'hash'>;

const range = (count: number, from = 1): number[] => Array.from({ length: count }, (_, n) => from + n);

describe('what has been kept long enough', () => {
  let folder: string;
  let stage: Stage;
  let life: ShortLife;
  let orders: OrderRepository;
  let keeper: OrderKeeper;
  let removed: Map<string, number>;
  let means: RetentionMeans;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retention-'));
    await mkdir(join(folder, 'archive'));
    stage = await openStage();
    life = new ShortLife(stage.connection, { publish: () => Promise.resolve() });
    orders = stage.get(OrderRepository);
    keeper = new OrderKeeper(
      orders,
      stage.get(ComputerRepository),
      stage.get(RolloutRepository),
      stage.get(TimelineRepository),
    );
    removed = new Map();
    means = {
      states: stage.get(RetentionRepository),
      archive: new ArchiveFolder(join(folder, 'archive')),
      allowed: () => Promise.resolve(before),
      unarchived: false,
      removed: (collection, count) => void removed.set(collection, (removed.get(collection) ?? 0) + count),
      isStopped: () => false,
    };
  }, 60_000);
  afterEach(async () => {
    await stage.close();
    await rm(folder, { recursive: true });
  }, 30_000);

  const run = async (
    one: RetentionKeeper,
    more: Partial<RetentionMeans> = {},
    server = 'one',
  ): Promise<void> => {
    const turn = await RetentionRun.begin(one, server, { ...means, ...more });
    if (!turn) throw new Error('it is the turn of another server');
    await turn.run(before);
    await turn.end();
  };

  /** What stands in all archives, and whether each file is what its digest says. */
  const archived = async (): Promise<{ collection: string; document: Record<string, unknown> }[]> => {
    const names = await readdir(join(folder, 'archive')).catch(() => []);
    const lines: string[] = [];
    for (const name of names.filter((one) => one.endsWith('.ndjson.gz')).toSorted()) {
      const content = await readFile(join(folder, 'archive', name));
      const digest = createHash('sha256').update(content).digest('hex');
      expect(await readFile(join(folder, 'archive', `${name}.sha256`), 'utf8')).toBe(`${digest}  ${name}\n`);
      lines.push(...gunzipSync(content).toString().trimEnd().split('\n'));
    }
    expect(names.filter((one) => one.endsWith('.new'))).toEqual([]);
    return lines.map((line) => JSON.parse(line) as never);
  };
  const idsOf = async (collection: string): Promise<unknown[]> =>
    (await archived()).filter((one) => one.collection === collection).map(({ document }) => document['id']);
  const left = (collection: string): Promise<number> =>
    stage.connection.collection(collection).countDocuments();

  it('goes to the archive, then away; with what the timeline has of it', async () => {
    await orders.insertMany(range(450).map((n) => ended(n)));
    await orders.insertMany([order(900), ended(901, { endedAt: after(60) })]);
    const event = { ...WHOLE.TimelineEvent, computer: 'c3' as ComputerId, order: 'o3' as OrderId };
    await stage.get(TimelineRepository).append([
      { ...event, id: 'e-1' },
      { ...event, id: 'e-2', order: null },
    ] as never);
    await run(keeper);
    expect(new Set(await idsOf('orders')).size).toBe(450);
    expect(await idsOf('orders')).toHaveLength(450);
    expect(await idsOf('timeline')).toEqual(['e-1']);
    expect([await left('orders'), await left('timeline')]).toEqual([2, 1]);
    expect(Object.fromEntries(removed)).toEqual({ orders: 450, timeline: 1 });
  });

  it('stays while something needs it', async () => {
    await stage.get(ComputerRepository).insertNew([computer(1, { lastOrder: 'o1' as OrderId }), computer(2)]);
    const rollout = { ...WHOLE.Rollout, id: 'r-1', state: 'running' } as never;
    await stage.get(RolloutRepository).insert(rollout);
    await orders.insertMany([ended(1), ended(2), ended(3, { rollout: 'r-1' as never })]);
    await run(keeper);
    expect(await idsOf('orders')).toEqual(['o2']);
    expect((await orders.findByIds(['o1', 'o2', 'o3'] as OrderId[])).map(({ id }) => id)).toEqual([
      'o1',
      'o3',
    ]);
  });

  it('is archived once and lost never, before whichever write the server dies', async () => {
    for (let write = 0; write < MOST_WRITES; write += 1) {
      await orders.insertMany(range(3, write * 10).map((n) => ended(n)));
      await life.until(write, () => run(keeper));
      const seen = [
        ...(await idsOf('orders')),
        ...(await stage.connection.collection('orders').distinct('_id')),
      ];
      expect(new Set(seen).size).toBe((write + 1) * 3);
      await run(keeper);
      expect(await left('orders')).toBe(0);
      expect((await idsOf('orders')).length).toBe((write + 1) * 3);
    }
  }, 60_000);

  it('is archived once also where the disk failed at first, and leaves no half of a file', async () => {
    await orders.insertMany([ended(1), ended(2)]);
    const failing: RetentionKeeper = {
      kind: keeper.kind,
      plans: (time) => keeper.plans(time),
      remove: (plan) => keeper.remove(plan),
      documents: async function* () {
        yield { collection: 'orders', document: {} };
        throw new Error('no space left');
      },
    };
    await expect(run(failing)).rejects.toThrow('no space left');
    expect(await archived()).toEqual([]);
    expect(await left('orders')).toBe(2);
    const stale = join(folder, 'archive', '.orders-1.ndjson.gz.0123456789ab.new');
    await writeFile(stale, 'half');
    await utimes(stale, 1, 1);
    await run(keeper);
    expect(new Set(await idsOf('orders'))).toEqual(new Set(['o1', 'o2']));
  });

  it('is one server at a time, whose turn passes when it is silent', async () => {
    await orders.insertMany([ended(1)]);
    const turn = await RetentionRun.begin(keeper, 'one', means);
    expect(await RetentionRun.begin(keeper, 'other', means)).toBeNull();
    const states = stage.connection.collection('retention');
    await states.updateOne({ _id: 'orders' as never }, { $set: { until: new Date(0) } });
    await run(keeper, {}, 'other');
    // whoever wakes up behind its successor does nothing any more
    await orders.insertMany([ended(2)]);
    await expect(turn?.run(before)).rejects.toThrow(TurnLost);
    expect(await left('orders')).toBe(1);
    expect(await idsOf('orders')).toEqual(['o1']);
  });

  it('does not wait for a turn of a time to come', async () => {
    await orders.insertMany([ended(1)]);
    await RetentionRun.begin(keeper, 'ahead', means);
    const until = new Date(Date.now() + 24 * 60 * 60_000);
    await stage.connection.collection('retention').updateOne({ _id: 'orders' as never }, { $set: { until } });
    await run(keeper);
    expect(await left('orders')).toBe(0);
  });

  it('stays from the next part on when somebody takes the setting back', async () => {
    await orders.insertMany(range(450).map((n) => ended(n)));
    let asked = 0;
    const allowed = (): Promise<Date | null> => Promise.resolve((asked += 1) === 1 ? before : after(-60));
    await run(keeper, { allowed });
    expect(await left('orders')).toBe(250);
    await run(keeper, { allowed: () => Promise.resolve(null) });
    expect(await left('orders')).toBe(250);
  });

  it('stays when it was only planned, and the setting goes back', async () => {
    await orders.insertMany([ended(1)]);
    await expect(run({ ...bound(keeper), documents: broken })).rejects.toThrow('broken');
    expect((await means.states.state('orders')).plan).not.toBeNull();
    const turn = await RetentionRun.begin(keeper, 'one', means);
    await turn?.run(after(-60));
    await turn?.end();
    expect(await left('orders')).toBe(1);
    expect((await means.states.state('orders')).plan).toBeNull();
  });

  const bound = (one: RetentionKeeper): RetentionKeeper => ({
    kind: one.kind,
    plans: (time) => one.plans(time),
    documents: (plan) => one.documents(plan),
    remove: (plan, time) => one.remove(plan, time),
  });
  // eslint-disable-next-line require-yield
  const broken = async function* (): AsyncGenerator<never> {
    throw new Error('broken');
  };

  it('is published by no server that has lost its turn', async () => {
    await orders.insertMany([ended(1), ended(2)]);
    const states = stage.connection.collection('retention');
    const slow: RetentionKeeper = {
      ...bound(keeper),
      documents: async function* (plan) {
        yield* keeper.documents(plan);
        await states.updateOne({ _id: 'orders' as never }, { $set: { until: new Date(0) } });
        await run(keeper, {}, 'other');
      },
    };
    const turn = await RetentionRun.begin(slow, 'one', means);
    await expect(turn?.run(before)).rejects.toThrow(TurnLost);
    expect(await idsOf('orders')).toHaveLength(2);
    expect(await left('orders')).toBe(0);
  });

  it('stays when it has changed since it was archived', async () => {
    await orders.insertMany([ended(1), ended(2)]);
    const late: RetentionKeeper = {
      kind: keeper.kind,
      plans: (time) => keeper.plans(time),
      documents: (plan) => keeper.documents(plan),
      remove: async (plan) => {
        const [first] = await orders.findByIds(['o1' as OrderId]);
        if (first?.note === null) await orders.replaceMany([{ ...first, note: 'late' }]);
        return keeper.remove(plan);
      },
    };
    await run(late);
    expect(await left('orders')).toBe(1);
    await run(late);
    const notes = (await archived()).map(
      ({ document }) => `${String(document['id'])} ${String(document['note'])}`,
    );
    expect(new Set(notes)).toEqual(new Set(['o1 null', 'o2 null', 'o1 late']));
    expect(notes).toHaveLength(3);
  });

  it('waits, and is counted, where there is no archive and no word that there need not be', async () => {
    await orders.insertMany([ended(1), ended(2)]);
    await run(keeper, { archive: null });
    expect(await left('orders')).toBe(2);
    expect(await means.states.state('orders')).toMatchObject({ waiting: 2, plan: null });
    await run(keeper, { archive: null, unarchived: true });
    expect(await left('orders')).toBe(0);
    expect(await means.states.state('orders')).toMatchObject({ waiting: 0 });
  });

  it('is nothing until a setting says so, and all that settings name then', async () => {
    await orders.insertMany([ended(1)]);
    const settings = new SettingsService(stage.get(SettingsRepository));
    const keepers = [keeper, importKeeper(), (await auditKeeper()).keeper] as const;
    const env = { ARCHIVE_DIR: join(folder, 'archive'), SWEEP_INTERVAL_MS: 1000 } as ServerEnv;
    const metrics = { removed: { inc: () => undefined } } as unknown as Metrics;
    const expired = expiredRecords();
    const sweeper = new RetentionSweeper(means.states, settings, metrics, ...keepers, expired, env);
    await sweeper.sweep();
    expect(await left('orders')).toBe(1);
    await settings.write({ layer: 'global', values: { keepOrders: 30 }, revision: 0 });
    await sweeper.sweep();
    expect(await idsOf('orders')).toEqual(['o1']);
    const states = await Promise.all(RETENTION_KINDS.map((kind) => means.states.state(kind)));
    expect(states.map(({ done, holder }) => [done !== null, holder])).toEqual([
      [true, null],
      [false, null],
      [false, null],
    ]);
  });

  const expiredRecords = (): ExpiredRecords =>
    new ExpiredRecords(
      stage.get(IdempotencyRepository),
      stage.get(SessionRepository),
      stage.get(LoginAttemptsRepository),
    );

  it('are records that have expired, although nobody asks for them any more', async () => {
    const keys = stage.get(IdempotencyRepository);
    await keys.insert({ ...WHOLE.IdempotencyRecord, id: 'old', expiresAt: now });
    await keys.insert({ ...WHOLE.IdempotencyRecord, id: 'fresh', expiresAt: after(60) });
    await stage.get(SessionRepository).insert({ ...WHOLE.Session, id: 's', expiresAt: now });
    await stage.connection.collection('loginAttempts').insertOne({ key: 'k', expire: now });
    await expiredRecords().remove(now);
    expect(await stage.connection.collection('idempotencyKeys').distinct('_id')).toEqual(['fresh']);
    expect([await left('sessions'), await left('loginAttempts')]).toEqual([0, 0]);
  });

  const importKeeper = (): ImportKeeper =>
    new ImportKeeper(
      stage.get(ImportRunRepository),
      stage.get(ImportRowRepository),
      stage.get(ComputerRepository),
      stage.get(DirectorySyncRepository),
    );

  describe('of imports', () => {
    const imported = async (id: string, fields: Partial<ImportRun> = {}): Promise<void> => {
      const whole = {
        ...WHOLE.ImportRun,
        id,
        endedAt: now,
        file: null,
        undo: null,
        storedLine: 2,
        ...fields,
      };
      await stage.get(ImportRunRepository).insert(whole as ImportRun);
      const rows = [1, 2].map((line) => ({ ...WHOLE.ImportRow, id: `${id}:${line}`, run: id, line }));
      await stage.get(ImportRowRepository).insertNew(rows as unknown as ImportRow[]);
    };

    it('are those from which no computer comes, that nobody undoes and no schedule works with', async () => {
      await stage.get(ComputerRepository).insertNew([computer(1)]);
      const { id: _, ...sync } = WHOLE.DirectorySync;
      await stage.connection
        .collection('directorySyncs')
        .insertOne({ _id: 'd-1' as never, ...sync, pending: 'scheduled' });
      await imported('r1');
      await imported('scheduled');
      await imported('undoing', { undo: { ...WHOLE.ImportRun.undo, at: null } as never });
      await imported('fresh', { endedAt: after(60) });
      await imported('old');
      await run(importKeeper());
      expect(await idsOf('importRuns')).toEqual(['old']);
      expect(await idsOf('importRows')).toEqual(['old:1', 'old:2']);
      expect([await left('importRuns'), await left('importRows')]).toEqual([4, 8]);
    });

    it('are archived once, before whichever write the server dies', async () => {
      for (let write = 0; write < MOST_WRITES; write += 1) {
        await imported(`old-${write}`);
        await life.until(write, () => run(importKeeper()));
        await run(importKeeper());
        expect([await left('importRuns'), await left('importRows')]).toEqual([0, 0]);
        expect((await idsOf('importRows')).length).toBe((write + 1) * 2);
      }
    }, 60_000);
  });

  const auditKeeper = async (): Promise<{
    keeper: AuditKeeper;
    keys: ServerKeys;
    write: (count: number) => Promise<void>;
  }> => {
    const [rows, chain] = [stage.get(AuditRepository), stage.get(AuditChainRepository)];
    const keys = await ServerKeys.load({ folder });
    const checkpoints = new AuditCheckpoints(chain, keys);
    let written = 0;
    const write = async (count: number): Promise<void> => {
      const entries = range(count, written + 1).map((n): AuditEntry => {
        return {
          id: `e-${n}`,
          at: now,
          who: null,
          address: null,
          action: 'a',
          target: 't',
          tenant: null,
          data: { n },
        };
      });
      written += count;
      await rows.append(entries);
      while (await new AuditChainer(rows, chain).run(now));
      // hours later
      await checkpoints.run(after(written * 3600));
    };
    return { keeper: new AuditKeeper(rows, chain, checkpoints), keys, write };
  };

  describe('of the audit', () => {
    const faultsOf = async ({ serverKey }: ServerKeys): Promise<string[]> => {
      const chain = stage.get(AuditChainRepository);
      const faults: string[] = [];
      const walk = verifyChain({
        rows: () => stage.get(AuditRepository).chained(),
        checkpoints: () => chain.storedCheckpoints(),
        head: () => chain.head(),
        removing: async () => (await means.states.state('audit')).plan?.range ?? null,
        witnesses: [],
        isTrusted: (key) => key === serverKey,
      });
      for await (const { text } of walk) faults.push(text);
      return faults;
    };

    it('leaves a chain that holds, and an archive in which each entry still shows what it was', async () => {
      const { keeper: audit, keys, write } = await auditKeeper();
      await write(2500);
      await run(audit);
      expect([await left('audit'), await faultsOf(keys)]).toEqual([0, []]);
      await write(20);
      expect([await left('audit'), await faultsOf(keys)]).toEqual([20, []]);
      const lines = (await archived()).map(({ document }) => document as { chain: ArchivedLink });
      expect(lines.map(({ chain }) => chain.sequence)).toEqual(range(2500));
      for (const { chain, ...row } of lines) {
        const { hash, ...link } = chain;
        expect(sha256(canonicalJson({ ...row, chain: link }))).toBe(hash);
      }
      const file = `audit-000000000001-000000002000-${lines[1999]!.chain.hash.slice(0, 12)}.ndjson.gz`;
      expect(await readdir(join(folder, 'archive'))).toContain(file);
    }, 60_000);

    it('holds before whichever write the server dies', async () => {
      const { keeper: audit, keys, write } = await auditKeeper();
      for (let attempt = 0; attempt < MOST_WRITES; attempt += 1) {
        await write(5);
        await life.until(attempt, () => run(audit));
        expect(await faultsOf(keys)).toEqual([]);
        await run(audit);
        expect([await left('audit'), await faultsOf(keys)]).toEqual([0, []]);
        const sequences = (await archived()).map(
          ({ document }) => (document['chain'] as ArchivedLink).sequence,
        );
        expect(sequences).toEqual(range((attempt + 1) * 5));
      }
    }, 60_000);

    /** Written anew from an entry on by somebody who has no key: links fit, and so does the head. */
    const forge = async (from: number): Promise<ChainLink> => {
      const collection = stage.connection.collection('audit');
      const stored = await collection.find({}).sort({ 'chain.sequence': 1 }).toArray();
      let previous = from === 1 ? CHAIN_START : (stored[from - 2]!['chain'] as ChainLink).hash;
      let link: ChainLink | undefined;
      for (const { _id, revision: _, chain, ...fields } of stored.slice(from - 1)) {
        const row = { ...fields, action: 'x', id: String(_id) } as ChainRow;
        link = { ...(chain as ChainLink), previous };
        link.hash = linkHash(row, link);
        previous = link.hash;
        await collection.updateOne({ _id }, { $set: { action: 'x', chain: link } });
      }
      await stage.connection
        .collection('auditChain')
        .updateOne({ _id: 'head' as never }, { $set: { hash: previous } });
      return link!;
    };

    it('signs no forged entries away, whatever was written into the database with them', async () => {
      const { keeper: audit, write } = await auditKeeper();
      await write(5);
      await write(5);
      const signed = await left('auditCheckpoints');
      const { hash } = await forge(4);
      await expect(run(audit)).rejects.toThrow(AuditChainFault);
      // nor by a plan that somebody else has written
      const archive = { file: 'x', sha256: 'x' };
      const plan = { file: 'x', keys: [], range: { from: 1, to: 10, hash }, archived: true, archive };
      await expect(audit.remove(plan, now)).rejects.toThrow(AuditChainFault);
      // nor where the checkpoint between was taken out
      await stage.connection.collection('auditCheckpoints').deleteOne({ number: 1 });
      await expect(run(audit)).rejects.toThrow(AuditChainFault);
      await expect(audit.remove(plan, now)).rejects.toThrow(AuditChainFault);
      expect([await left('audit'), await left('auditCheckpoints')]).toEqual([10, signed - 1]);
    });

    it('goes on behind no removal that this server has not signed', async () => {
      const { keeper: audit, write } = await auditKeeper();
      await write(10);
      const [entry] = await stage.connection.collection('audit').find({ 'chain.sequence': 4 }).toArray();
      const forged = { sequence: 4, hash: (entry!['chain'] as ChainLink).hash, archive: null };
      await stage.connection
        .collection('auditCheckpoints')
        .updateOne({ number: 1 }, { $set: { removed: forged } });
      await expect(run(audit)).rejects.toThrow(/checkpoint 1 .* is not signed by this server's key/);
      expect(await left('audit')).toBe(10);
    });

    it('waits for a checkpoint that speaks of all of it', async () => {
      const { keeper: audit, write } = await auditKeeper();
      await write(10);
      const chain = stage.connection.collection('auditCheckpoints');
      await chain.deleteMany({});
      await run(audit);
      expect([await left('audit'), await chain.countDocuments()]).toEqual([10, 0]);
    });

    it('removes nothing from an entry on that was changed: it is evidence', async () => {
      const { keeper: audit, write } = await auditKeeper();
      await write(10);
      await stage.connection
        .collection('audit')
        .updateOne({ _id: 'e-4' as never }, { $set: { action: 'x' } });
      await expect(run(audit)).rejects.toThrow(AuditChainFault);
      expect(await left('audit')).toBe(10);
    });
  });
});
