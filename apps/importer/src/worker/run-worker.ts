import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import {
  importFailed,
  importStuck,
  importWork,
  takeOverImport,
  type ImportFault,
  type ImportRun,
  type ImportRunId,
} from '#domain';
import { ChangePublisher, isPassing } from '#messaging';
import { ImportRowRepository, ImportRunRepository, retryWhenBeaten } from '#persistence';
import type { MessageDescriptor } from '#texts';
import { ColumnsUnknown } from '../reading/csv/csv-file.js';
import { importerEnv, importerName } from '../config/importer-env.js';
import { ImportFailure } from '../runs/import-failure.js';
import { AdReader } from '../reading/ad-reader.js';
import { ImportCommitter } from '../committing/import-committer.js';
import { CsvReader } from '../reading/csv-reader.js';
import { ImportDiscarder } from '../committing/import-discarder.js';
import { ImportMetrics } from '../runs/import-metrics.js';
import { RunProgress, RunLostError, Stopping } from '../runs/run-progress.js';
import { Semaphore } from './semaphore.js';
import { ImportReverter } from '../committing/import-reverter.js';

/** Does what a run's state asks for. The state decides, not the command: commands may come twice, late, or never. */
@Injectable()
export class RunWorker implements OnModuleDestroy {
  private readonly log = new Logger('Imports');
  private readonly slots = new Semaphore(importerEnv().IMPORT_CONCURRENCY);
  private readonly underWay = new Map<ImportRunId, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
    private readonly changes: ChangePublisher,
    private readonly csv: CsvReader,
    private readonly ad: AdReader,
    private readonly committer: ImportCommitter,
    private readonly reverter: ImportReverter,
    private readonly discarder: ImportDiscarder,
    private readonly metrics: ImportMetrics,
  ) {}

  onModuleDestroy(): void {
    this.stopping = true;
  }

  /**
   * Takes a run over and does what is left of it. Nothing when there is nothing left. A run that this importer is at work
   * on is not taken over from itself, as when the broker delivers the command again after a cut connection: what is left
   * is looked at when that work has ended.
   *
   * @throws passing faults, and {@link Stopping}: the command is to come again
   */
  work(id: ImportRunId): Promise<void> {
    const before = this.underWay.get(id) ?? Promise.resolve();
    const work = before.catch(() => undefined).then(() => this.slots.use(() => this.workOn(id)));
    this.underWay.set(id, work);
    const forget = (): void => {
      if (this.underWay.get(id) === work) this.underWay.delete(id);
    };
    void work.then(forget, forget);
    return work;
  }

  private async workOn(id: ImportRunId): Promise<void> {
    const progress = await this.takeOver(id);
    if (!progress) return;
    try {
      await this.doWork(progress);
    } catch (error) {
      if (error instanceof RunLostError) await this.afterLoss(id);
      else await this.settle(progress, error);
    }
  }

  /** @throws OptimisticLockError when others keep changing the run */
  private takeOver(id: ImportRunId): Promise<RunProgress | null> {
    return retryWhenBeaten(`import ${id}`, async () => {
      const run = await this.runs.findById('all', id);
      if (!run) {
        this.log.warn(`import ${id}: there is no such run`);
        return null;
      }
      if (importWork(run) === 'nothing') return null;
      const taken = await this.runs.replace(takeOverImport(run, importerName, new Date()));
      return taken ? new RunProgress(this.runs, this.changes, () => this.stopping, taken) : undefined;
    });
  }

  private async doWork(progress: RunProgress): Promise<void> {
    const { run } = progress;
    const work = importWork(run);
    const started = Date.now();
    switch (work) {
      case 'read':
        await (run.source === 'ad' ? this.ad : this.csv).read(progress);
        break;
      case 'commit':
        await this.committer.commit(progress);
        break;
      case 'undo':
        await this.reverter.undo(progress);
        break;
      case 'discard':
        await this.discarder.discard(progress);
        break;
      case 'nothing':
        return;
    }
    const { rows } = progress.run.counts;
    const took = Date.now() - started;
    this.metrics.done(run, rows, took);
    this.log.log(`import ${run.id}: ${work} done, ${rows} rows, ${took} ms`);
  }

  /** The one place where faults of a run are mapped. */
  private async settle(progress: RunProgress, error: unknown): Promise<void> {
    const { run } = progress;
    // what its own end does to its connections is no fault of the run: another importer takes it up
    if (this.stopping) throw new Stopping('the importer is stopping', { cause: error });
    if (error instanceof ImportFailure) {
      this.metrics.ended(run, 'failed');
      this.log.log(`import ${run.id} failed: ${error.message}`);
      await this.fail(progress, error);
      return;
    }
    if (isPassing(error)) throw error;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.error(`import ${run.id}: ${text}`);
    const reading = run.state === 'reading';
    this.metrics.ended(run, reading ? 'failed' : 'stuck');
    const pause = Math.ceil(importerEnv().IMPORT_STALE_MS / 1000);
    const said: MessageDescriptor = reading
      ? { key: 'run.importerFailed' }
      : { key: 'run.importerRetries', params: { seconds: pause } };
    const fault: ImportFault = { code: 'INTERNAL', ...said, line: null };
    await this.save(progress, (reading ? importFailed : importStuck)(run, fault, new Date()));
  }

  private async fail(progress: RunProgress, failure: ImportFailure): Promise<void> {
    const seen =
      failure instanceof ColumnsUnknown
        ? { columns: failure.columns, detected: failure.detected }
        : { columns: progress.run.columns, detected: progress.run.detected };
    const { id } = progress.run;
    await this.save(progress, importFailed({ ...progress.run, ...seen }, failure.fault, new Date()));
    await this.rows.deleteOfRun(id);
  }

  private async save(progress: RunProgress, next: ImportRun): Promise<void> {
    try {
      await progress.finish(next);
    } catch (error) {
      if (!(error instanceof RunLostError)) throw error;
    }
  }

  /** A batch may have been stored after the run was discarded and cleaned up. */
  private async afterLoss(id: ImportRunId): Promise<void> {
    const run = await this.runs.findById('all', id);
    if (run?.state === 'discarded' || run?.state === 'failed') await this.rows.deleteOfRun(id);
  }
}
