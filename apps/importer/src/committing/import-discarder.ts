import { Injectable } from '@nestjs/common';
import type { ImportRun } from '#domain';
import { BlobStore, ImportRowRepository, ImportRunRepository } from '#persistence';
import type { RunProgress } from '../runs/run-progress.js';

/** Cleans up: rows and upload of discarded runs, and uploads of runs that ended long ago. */
@Injectable()
export class ImportDiscarder {
  constructor(
    private readonly rows: ImportRowRepository,
    private readonly blobs: BlobStore,
    private readonly runs: ImportRunRepository,
  ) {}

  /** @throws RunLostError */
  async discard(progress: RunProgress): Promise<void> {
    const { run } = progress;
    await this.rows.deleteOfRun(run.id);
    if (run.file) await this.blobs.remove(run.file.blob);
    await progress.finish({ ...run, file: null, storedLine: 0, worker: null });
  }

  /** Deletes an upload whose time is over; whoever is faster is right. */
  async deleteUpload(run: ImportRun): Promise<void> {
    if (run.file) await this.blobs.remove(run.file.blob);
    await this.runs.replace({ ...run, file: null });
  }
}
