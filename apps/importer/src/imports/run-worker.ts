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
import { ImportRowRepository, ImportRunRepository } from '#persistence';
import { ColumnsUnknown } from '../csv/csv-file.js';
import { importerEnv, importerName } from '../env.js';
import { ImportFailure } from '../import-failure.js';
import { AdReader } from './ad-reader.js';
import { Committing } from './committing.js';
import { CsvReader } from './csv-reader.js';
import { Discarding } from './discarding.js';
import { RunProgress, RunTaken } from './run-progress.js';
import { Slots } from './slots.js';
import { Undoing } from './undoing.js';

/** Tries to take a run over before somebody else is left to it. */
const TRIES = 5;

/** Does what a run's state asks for. The state decides, not the command: commands may come twice, late, or never. */
@Injectable()
export class RunWorker implements OnModuleDestroy {
  private readonly log = new Logger('Imports');
  private readonly slots = new Slots(importerEnv().IMPORT_CONCURRENCY);
  private readonly underWay = new Map<ImportRunId, Promise<void>>();
  private stopping = false;

  constructor(
    private readonly runs: ImportRunRepository,
    private readonly rows: ImportRowRepository,
    private readonly changes: ChangePublisher,
    private readonly csv: CsvReader,
    private readonly ad: AdReader,
    private readonly committing: Committing,
    private readonly undoing: Undoing,
    private readonly discarding: Discarding,
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
      if (error instanceof RunTaken) await this.afterLoss(id);
      else await this.settle(progress, error);
    }
  }

  private async takeOver(id: ImportRunId): Promise<RunProgress | null> {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const run = await this.runs.findById('all', id);
      if (!run) {
        this.log.warn(`import ${id}: there is no such run`);
        return null;
      }
      if (importWork(run) === 'nothing') return null;
      const taken = await this.runs.replace(takeOverImport(run, importerName, new Date()));
      if (taken) return new RunProgress(this.runs, this.changes, () => this.stopping, taken);
    }
    return null;
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
        await this.committing.commit(progress);
        break;
      case 'undo':
        await this.undoing.undo(progress);
        break;
      case 'discard':
        await this.discarding.discard(progress);
        break;
      case 'nothing':
        return;
    }
    const { rows } = progress.run.counts;
    this.log.log(`import ${run.id}: ${work} done, ${rows} rows, ${Date.now() - started} ms`);
  }

  /** The one place where faults of a run are mapped. */
  private async settle(progress: RunProgress, error: unknown): Promise<void> {
    const { run } = progress;
    if (error instanceof ImportFailure) {
      this.log.log(`import ${run.id} failed: ${error.message}`);
      await this.fail(progress, error);
      return;
    }
    if (isPassing(error)) throw error;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.log.error(`import ${run.id}: ${text}`);
    const reading = run.state === 'reading';
    const pause = Math.ceil(importerEnv().IMPORT_STALE_MS / 1000);
    const stopped = 'The importer could not go on; its log says why.';
    const fault: ImportFault = {
      code: 'INTERNAL',
      text: reading ? stopped : `${stopped} It tries again every ${pause} s, behind what is done.`,
      line: null,
    };
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
      if (!(error instanceof RunTaken)) throw error;
    }
  }

  /** A batch may have been stored after the run was discarded and cleaned up. */
  private async afterLoss(id: ImportRunId): Promise<void> {
    const run = await this.runs.findById('all', id);
    if (run?.state === 'discarded' || run?.state === 'failed') await this.rows.deleteOfRun(id);
  }
}
