import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { UPLOAD_KEPT_DAYS } from '#domain';
import { ImportRunRepository } from '#persistence';
import { importerEnv } from '../config/importer-env.js';
import { ImportDiscarder } from '../committing/import-discarder.js';
import { RunWorker } from './run-worker.js';

const DAY_MS = 86_400_000;
const CONCURRENCY = 20;

/** Takes up runs whose command or importer got lost, and deletes old uploads. */
@Injectable()
export class Sweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Imports');
  private timer: NodeJS.Timeout | undefined;
  private running = false;

  constructor(
    private readonly runs: ImportRunRepository,
    private readonly worker: RunWorker,
    private readonly discarder: ImportDiscarder,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), importerEnv().IMPORT_SWEEP_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    if (this.running) return;
    this.running = true;
    try {
      const stale = new Date(Date.now() - importerEnv().IMPORT_STALE_MS);
      for (const run of await this.runs.unfinished(stale, CONCURRENCY)) {
        this.log.warn(`import ${run.id} is ${run.state} and nobody works on it: taken over`);
        await this.worker.work(run.id);
      }
      const old = new Date(Date.now() - UPLOAD_KEPT_DAYS * DAY_MS);
      for (const run of await this.runs.endedBefore(old, CONCURRENCY)) await this.discarder.deleteUpload(run);
    } catch (error) {
      // The next sweep tries again; a database that is away shows in /health/ready.
      this.log.warn(`sweep: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.running = false;
    }
  }
}
