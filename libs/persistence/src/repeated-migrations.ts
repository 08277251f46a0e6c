import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { mongo } from 'mongoose';
import type { DatabaseUse } from './connection-options.js';
import { makeAgain, repeatedOf } from './migrate.js';
import type { Migration } from './migrations/migration.js';
import { byOwnConnection } from './prepare-database.js';
import { programsBefore } from './running-programs.js';

/** Milliseconds after the start until the first look, and from one look to the next. */
const EVERY = { first: 10_000, next: 10 * 60_000 } as const;
/** Milliseconds that a program which ends waits for a batch that is being written. */
const END_MS = 2_000;

/**
 * When the repeated migrations are to be made again. Once after each start: programs of the version before may have been at work
 * until just now, and leave no trace when they end. Then as long as some run, and once more after the last of them.
 */
export class Repeats {
  private isDue = true;
  /** Programs of the version before, with the beats that they had at the last look. */
  private beats: ReadonlyMap<string, number> = new Map();

  constructor(private readonly migrations: readonly Migration[] = repeatedOf()) {}

  get areAny(): boolean {
    return this.migrations.length > 0;
  }

  /** Makes them again if that is due. What a program writes that is seen to live here is for the next time. */
  async look(db: mongo.Db, signal: AbortSignal): Promise<void> {
    const before = await programsBefore(db, this.migrations.at(-1)?.name ?? '');
    // nobody compares clocks; one whose beat stands still between two looks is dead
    const isLiving = before.some(({ _id, beat }) => this.beats.get(_id) !== beat);
    this.beats = new Map(before.map(({ _id, beat }) => [_id, beat]));
    this.isDue ||= isLiving;
    if (!this.isDue) return;
    await makeAgain(db, this.migrations, signal);
    this.isDue = isLiving;
  }
}

/** Makes migrations again in the background, by a connection of its own: nothing waits for it, and what fails is tried later. */
export class RepeatedMigrations implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly log = new Logger('Database');
  private readonly repeats = new Repeats();
  private readonly end = new AbortController();
  private done: Promise<void> = Promise.resolve();

  constructor(
    private readonly use: DatabaseUse,
    private readonly every: { first: number; next: number } = EVERY,
  ) {}

  onApplicationBootstrap(): void {
    if (this.repeats.areAny) this.done = this.run(this.end.signal);
  }

  /** Before the note that this program runs is taken away. */
  async onModuleDestroy(): Promise<void> {
    this.end.abort();
    await Promise.race([this.done, sleep(END_MS, undefined, { ref: false })]);
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let wait = this.every.first; await passed(wait, signal); wait = this.every.next) {
      try {
        await byOwnConnection(this.use, (db) => this.repeats.look(db, signal));
      } catch (error) {
        if (!signal.aborted) this.log.warn(`a migration could not be made again: ${String(error)}`);
      }
    }
  }
}

/** False: it was ended before. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal, ref: false });
    return true;
  } catch {
    return false;
  }
}
