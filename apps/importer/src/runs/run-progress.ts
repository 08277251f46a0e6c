import type { ImportRun } from '#domain';
import type { ChangePublisher } from '#messaging';
import type { ImportRunRepository } from '#persistence';
import { TransientError } from '#runtime';

/** Another importer has taken the run over, or an administrator has discarded it: this one stops, and that is all right. */
export class RunLostError extends Error {
  override readonly name = 'RunLostError';
}

/** The importer is about to stop: the command goes back, and somebody else goes on with the run. */
export class Stopping extends TransientError {
  override readonly name = 'Stopping';
}

/** Changes of a run are told at most this often. */
const TELL_EVERY_MS = 500;

/**
 * A run while this importer works on it. Every write is a compare-and-set, so of two importers that work on the same run
 * the one that took it over first loses its next write, and stops.
 */
export class RunProgress {
  private toldAt = 0;

  constructor(
    private readonly runs: ImportRunRepository,
    private readonly changes: ChangePublisher,
    private readonly isStopping: () => boolean,
    private current: ImportRun,
  ) {}

  get run(): ImportRun {
    return this.current;
  }

  /** @throws RunLostError; Stopping, after the write */
  async save(next: ImportRun): Promise<void> {
    await this.write(next);
    if (this.isStopping()) throw new Stopping('the importer is stopping');
  }

  /** Saves the last write of a piece of work, which nothing follows. @throws RunLostError */
  async finish(next: ImportRun): Promise<void> {
    await this.write(next);
    this.tell();
  }

  private async write(next: ImportRun): Promise<void> {
    const stored = await this.runs.replace(next);
    if (!stored) throw new RunLostError(`run ${next.id} has been taken over`);
    this.current = stored;
    if (Date.now() - this.toldAt >= TELL_EVERY_MS) this.tell();
  }

  private tell(): void {
    this.toldAt = Date.now();
    const { id, tenant } = this.current;
    this.changes.publish({ v: 1, topic: 'import', id, tenant });
  }
}
