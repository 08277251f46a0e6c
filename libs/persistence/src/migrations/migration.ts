import type { mongo } from 'mongoose';

/** What a migration works with. */
export interface MigrationContext {
  db: mongo.Db;
  /** The program is told to end: it may stop between any two writes. */
  signal?: AbortSignal;
}

/**
 * One step from what a version stored to what the next one stores. It may be run again from the beginning after a process
 * died in the middle of it, and servers of the version before may be at work beside it (docs/operations.md).
 */
export interface Migration {
  /** Four digits and what it does; never changed once it has been released. */
  name: string;
  /**
   * The last migration that a program has to know to work with what this one leaves: the newest of the version before, whose
   * servers run beside this one and may be gone back to (docs/adr/0035-one-version-beside-the-next.md). Null: none.
   */
  needs: string | null;
  /**
   * Programs of the version before do not write what it fills in, and do not keep it right. So it is made again, beside servers
   * at work, for as long as there may be such programs (repeated-migrations.ts). Taken off once the version before knows it.
   */
  isRepeated?: true;
  up: (context: MigrationContext) => Promise<void>;
}
