import type { ChildProcess } from 'node:child_process';
import type { ImportRunId } from '#domain';
import { firstHost, throughPort } from '../../../../tools/mongodb-uri.js';
import { eventually } from '../../../../tools/testing/eventually.js';
import { TcpProxy } from '../../../../tools/testing/tcp-gate.js';
import { computerRows } from '../../testing/computer-rows.js';
import { ImportStage, TENANT } from '../../testing/import-stage.js';

/** Big enough that a kill falls into the middle. */
const MANY = 8_000;
/** Enough for some batches. */
const SOME = 3_000;

describe('an import whose importer, commands or connections get lost', () => {
  let stage: ImportStage;

  beforeAll(async () => {
    stage = await ImportStage.open();
    await stage.addDp('site-a');
  }, 600_000);

  // a test that failed leaves its importers, which would take the next one's commands
  afterEach(() => stage.endImporters());
  afterAll(() => stage.close());

  /** The progress of a run, as soon as a batch is stored and before the last one is. */
  const inTheMiddle = (id: ImportRunId, state: 'reading' | 'committing'): Promise<unknown> =>
    eventually(
      async () => {
        const run = await stage.run(id);
        expect([run.state, run.storedLine > 0]).toEqual([state, true]);
      },
      { intervalMs: 5, timeoutMs: 90_000 },
    );

  const stop = async (importer: ChildProcess): Promise<void> => stage.kill(importer);

  test('goes on behind the last stored batch when the importer is killed while reading', async () => {
    const first = await stage.startImporter();
    const id = await stage.upload(computerRows(MANY, 'kr'), { dp: 'site-a' });
    await inTheMiddle(id, 'reading');
    await stop(first);
    expect((await stage.run(id)).state).toBe('reading');

    const second = await stage.startImporter();
    const run = await stage.until(id, 'previewed');
    expect(run.counts).toMatchObject({ rows: MANY, new: MANY, rejected: 0, warned: 0 });
    expect(run.worker).toBeNull();
    const lines = (await stage.rows(run)).map((row) => row.line);
    expect(lines).toEqual(Array.from({ length: MANY }, (_, at) => at + 2));
    await stop(second);
  }, 600_000);

  test('makes every computer once when the importer is killed while committing', async () => {
    const first = await stage.startImporter();
    const run = await stage.preview(computerRows(MANY, 'kc'), { dp: 'site-a' });
    await stage.commit(run.id);
    await inTheMiddle(run.id, 'committing');
    await stop(first);

    const second = await stage.startImporter();
    const committed = await stage.until(run.id, 'committed');
    expect(committed.summary).toMatchObject({ created: MANY, changed: 0, known: 0, rejected: 0 });
    const made = await stage.computers.ofRun(run.id, null, MANY + 1);
    expect(made).toHaveLength(MANY);
    const outcomes = new Set((await stage.rows(run)).map((row) => row.outcome));
    expect(outcomes).toEqual(new Set(['created']));
    await stop(second);
  }, 600_000);

  test('is undone to the end when the importer is killed while undoing', async () => {
    const first = await stage.startImporter();
    const run = await stage.import(computerRows(4000, 'ku'), { dp: 'site-a' });
    await stage.undo(run.id);
    await eventually(async () => expect((await stage.run(run.id)).storedLine).toBeGreaterThan(0), {
      intervalMs: 5,
      timeoutMs: 30_000,
    });
    await stop(first);
    const second = await stage.startImporter();
    const { undo } = await stage.until(run.id, 'undone');
    expect((undo?.deleted ?? 0) + (undo?.gone ?? 0)).toBe(4000);
    expect(await stage.computers.ofRun(run.id, null, 10)).toEqual([]);
    await stop(second);
  }, 600_000);

  test('two imports of the same file at the same time, committed by two importers, make each computer once', async () => {
    const importers = [await stage.startImporter(), await stage.startImporter()];
    const file = computerRows(3000, 'tw');
    const ids = await Promise.all([
      stage.upload(file, { dp: 'site-a' }),
      stage.upload(file, { dp: 'site-a' }),
    ]);
    for (const id of ids) await stage.until(id, 'previewed');
    await Promise.all(ids.map((id) => stage.commit(id)));
    const runs = await Promise.all(ids.map((id) => stage.until(id, 'committed')));
    const sum = (field: 'created' | 'known'): number =>
      runs.reduce((total, run) => total + (run.summary?.[field] ?? 0), 0);
    expect(sum('created')).toBe(3000);
    expect(sum('created') + sum('known')).toBe(6000);
    const made = await Promise.all(ids.map((id) => stage.computers.ofRun(id, null, 10_000)));
    expect(made.flat()).toHaveLength(3000);
    for (const importer of importers) await stop(importer);
  }, 600_000);

  test('a commit that is asked for again and again is one commit', async () => {
    const importers = [await stage.startImporter(), await stage.startImporter()];
    const run = await stage.preview(computerRows(3000, 'cc'), { dp: 'site-a' });
    await Promise.all([stage.commit(run.id), stage.commit(run.id), stage.commit(run.id)]);
    await stage.until(run.id, 'committed');
    await stage.commit(run.id);
    const { summary } = await stage.until(run.id, 'committed');
    expect(summary).toMatchObject({ created: 3000, known: 0, rejected: 0 });
    expect(await stage.computers.ofRun(run.id, null, 10_000)).toHaveLength(3000);
    for (const importer of importers) await stop(importer);
  }, 600_000);

  test('goes on when the connection to the broker is cut, while reading and while committing', async () => {
    const importer = await stage.startImporter();
    const id = await stage.upload(computerRows(MANY, 'br'), { dp: 'site-a' });
    await inTheMiddle(id, 'reading');
    await stage.vhost.cutConnections();
    const run = await stage.until(id, 'previewed');
    expect(run.counts).toMatchObject({ rows: MANY, new: MANY });
    expect(await stage.rows(run)).toHaveLength(MANY);

    await stage.commit(id);
    await inTheMiddle(id, 'committing');
    await stage.vhost.cutConnections();
    const { summary } = await stage.until(id, 'committed');
    expect(summary).toMatchObject({ created: MANY, changed: 0, known: 0, rejected: 0 });
    expect(await stage.computers.ofRun(id, null, MANY + 1)).toHaveLength(MANY);
    await stop(importer);
  }, 600_000);

  // shorter than the driver looks for a server, longer, and much longer
  test.each([3, 7, 20])(
    'goes on when the database is away for %i s, reading and committing',
    async (seconds) => {
      const { uri } = stage.database;
      const gate = await TcpProxy.open(firstHost(uri));
      const importer = await stage.startImporter({ MONGODB_URI: throughPort(uri, gate.port) });
      const awayForAWhile = async (): Promise<void> => {
        gate.goAway();
        const back = performance.now() + seconds * 1000;
        await eventually(() => expect(performance.now()).toBeGreaterThan(back), {
          timeoutMs: seconds * 1000 + 5_000,
        });
        gate.comeBack();
      };
      const id = await stage.upload(computerRows(SOME, `db${seconds}`), { dp: 'site-a' });
      await inTheMiddle(id, 'reading');
      await awayForAWhile();
      const run = await stage.until(id, 'previewed');
      expect(run.counts).toMatchObject({ rows: SOME, new: SOME, rejected: 0 });
      expect(await stage.rows(run)).toHaveLength(SOME);

      await stage.commit(id);
      await inTheMiddle(id, 'committing');
      await awayForAWhile();
      const { summary } = await stage.until(id, 'committed');
      expect(summary).toMatchObject({ created: SOME, changed: 0, known: 0, rejected: 0 });
      expect(await stage.computers.ofRun(id, null, SOME + 1)).toHaveLength(SOME);
      await stop(importer);
      await gate.close();
    },
    600_000,
  );

  test('a commit that comes upon rubbish says so, and ends when that is mended', async () => {
    const importer = await stage.startImporter({ IMPORT_STALE_MS: '500', IMPORT_SWEEP_MS: '100' });
    await stage.import('Name;Standort\nrub1;Ulm\nrub2;Ulm\n', { dp: 'site-a' });
    const run = await stage.preview('Name;Standort\nrub1;Bonn\nrub2;Bonn\n', { dp: 'site-a' });
    const [row] = await stage.rows(run);
    await stage.spoil(row!, { inventory: null });
    await stage.commit(run.id);
    const stuck = await eventually(async () => {
      const now = await stage.run(run.id);
      expect(now.fault).toMatchObject({ code: 'INTERNAL', key: 'run.importerRetries' });
      return now;
    });
    expect(stuck).toMatchObject({ state: 'committing', counts: { rows: 2 } });
    await stage.spoil(row!, { inventory: row!.inventory });
    const committed = await stage.until(run.id, 'committed');
    expect([committed.fault, committed.summary?.changed]).toEqual([null, 2]);
    await stop(importer);
  }, 600_000);

  test('a run whose command got lost is taken up by the sweep', async () => {
    const id = await stage.withoutCommand('Name\nlost1\n');
    const importer = await stage.startImporter({ IMPORT_STALE_MS: '500', IMPORT_SWEEP_MS: '100' });
    const run = await stage.until(id, 'previewed');
    expect(run.counts.new).toBe(1);
    await stop(importer);
  }, 600_000);

  test('an importer that is told to stop leaves its run to another one', async () => {
    const first = await stage.startImporter();
    const second = await stage.startImporter({ IMPORT_CONCURRENCY: '1' });
    const id = await stage.upload(computerRows(MANY, 'gr'), { dp: 'site-a' });
    await inTheMiddle(id, 'reading');
    const worker = (await stage.run(id)).worker?.importer ?? '';
    const busy = worker.endsWith(`:${first.pid}`) ? first : second;
    busy.kill('SIGTERM');
    const run = await stage.until(id, 'previewed');
    expect(run.counts).toMatchObject({ rows: MANY, new: MANY });
    await eventually(() => expect(busy.exitCode).toBe(0));
    await stop(busy === first ? second : first);
  }, 600_000);

  test('leaves nothing on the dead-letter queue', async () => {
    expect(await stage.deadLetters()).toEqual([]);
    expect(await stage.computers.countOfTenant(TENANT)).toBe(2 * MANY + 3 * SOME + 3000 + 3000 + 2);
  });
});
