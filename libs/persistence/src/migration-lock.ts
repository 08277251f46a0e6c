import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { TransientError } from '#runtime';
import { duplicatesOf } from './versioned-collection.js';

/** Who may migrate. Each beat of its holder shows that it lives. */
interface Lock {
  _id: string;
  holder: string;
  beat: number;
}

const LOCK = 'migrations';
/** A holder whose beat stands still for so long is dead. */
const DEAD_MS = 30_000;

/** The lock was taken from its holder, who was silent for too long. */
class MigrationLockLost extends TransientError {
  override readonly name = 'MigrationLockLost';
}

/**
 * A lock over all processes of a database. Nobody compares clocks: who waits watches the holder's beat by its own one, and
 * takes a lock over whose beat stands still.
 */
export class MigrationLock {
  private readonly locks: mongo.Collection<Lock>;
  private readonly holder = randomUUID();
  private beat = 0;
  private lost = false;

  constructor(
    db: mongo.Db,
    private readonly deadMs = DEAD_MS,
  ) {
    this.locks = db.collection<Lock>('locks');
  }

  /**
   * Waits for the lock, and holds it while the work goes on.
   *
   * @param work is given a function to call before each step, which throws MigrationLockLost
   * @param signal ends the waiting, by an error
   */
  async use<Result>(
    work: (demandHeld: () => Promise<void>) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    await this.take(signal);
    const beating = setInterval(() => void this.show().catch(() => undefined), this.deadMs / 6);
    try {
      return await work(async () => {
        await this.show();
        if (this.lost) throw new MigrationLockLost('another process has taken the migrations over');
      });
    } finally {
      clearInterval(beating);
      await this.locks.deleteOne({ _id: LOCK, holder: this.holder });
    }
  }

  private async take(signal?: AbortSignal): Promise<void> {
    let seen = { holder: '', beat: 0, since: 0 };
    while (!(await this.insert())) {
      signal?.throwIfAborted();
      const found = await this.locks.findOne({ _id: LOCK });
      if (found?.holder !== seen.holder || found.beat !== seen.beat) {
        seen = { holder: found?.holder ?? '', beat: found?.beat ?? 0, since: performance.now() };
      } else if (performance.now() - seen.since > this.deadMs) {
        await this.locks.deleteOne({ _id: LOCK, holder: seen.holder, beat: seen.beat });
        continue;
      }
      await sleep(Math.min(1_000, this.deadMs / 6));
    }
  }

  private async insert(): Promise<boolean> {
    const lock = { _id: LOCK, holder: this.holder, beat: this.beat };
    const there = await duplicatesOf(() => this.locks.insertOne(lock));
    return there.size === 0;
  }

  private async show(): Promise<void> {
    this.beat += 1;
    const beat = this.beat;
    const { matchedCount } = await this.locks.updateOne(
      { _id: LOCK, holder: this.holder },
      { $set: { beat } },
    );
    if (matchedCount === 0) this.lost = true;
  }
}
