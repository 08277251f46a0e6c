import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { NEWEST_MIGRATION } from './migrations/index.js';

/** A program that is connected to the database. */
export interface RunningProgram {
  _id: string;
  /** Such as `server`. */
  program: string;
  host: string;
  pid: number;
  since: Date;
  /** The newest migration that it knows; absent: a program of before this was noted. */
  migration?: string;
  /** Grows as long as it lives. */
  beat: number;
}

const BEAT_MS = 2_000;
/** A program whose beat stands still for so long is dead, or cannot reach the database. */
const DEAD_MS = 10_000;

function programs(db: mongo.Db): mongo.Collection<RunningProgram> {
  return db.collection<RunningProgram>('programs');
}

/** The note of one program that it runs, for whoever must not work on the database beside it. */
export class RunningMark {
  /** By which whoever looks for others knows this one. */
  readonly id = randomUUID();
  private beating: NodeJS.Timeout | undefined;

  constructor(
    private readonly db: mongo.Db,
    private readonly program: string,
  ) {}

  /** @param onBeat done with each beat; what it throws is its own affair */
  async begin(onBeat: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.show();
    this.beating = setInterval(() => {
      // a database that is away is told of by others
      void this.show()
        .then(onBeat)
        .catch(() => undefined);
    }, BEAT_MS);
    this.beating.unref();
  }

  async end(): Promise<void> {
    clearInterval(this.beating);
    // one that cannot be taken away is seen to stand still
    await programs(this.db)
      .deleteOne({ _id: this.id })
      .catch(() => undefined);
  }

  private async show(): Promise<void> {
    await programs(this.db).updateOne(
      { _id: this.id },
      {
        $inc: { beat: 1 },
        $setOnInsert: {
          program: this.program,
          host: hostname(),
          pid: process.pid,
          since: new Date(),
          migration: NEWEST_MIGRATION,
        },
      },
      { upsert: true },
    );
  }
}

/**
 * The programs that have noted themselves and were not forgotten, dead or alive.
 *
 * @param but the mark of whoever asks
 */
export function notedPrograms(db: mongo.Db, but: RunningMark): Promise<RunningProgram[]> {
  return programs(db)
    .find({ _id: { $ne: but.id } })
    .toArray();
}

/** Programs that do not know a migration, dead or alive. */
export async function programsBefore(db: mongo.Db, migration: string): Promise<RunningProgram[]> {
  const noted = await programs(db).find().toArray();
  return noted.filter((one) => (one.migration ?? '') < migration);
}

/**
 * Which programs run on this database. Nobody compares clocks: they are watched for as long as a living one needs to show
 * itself. Those that were killed are forgotten.
 */
export async function runningPrograms(
  db: mongo.Db,
  but: RunningMark,
  deadMs = DEAD_MS,
): Promise<RunningProgram[]> {
  const before = new Map((await notedPrograms(db, but)).map((one) => [one._id, one.beat]));
  if (before.size === 0) return [];
  await sleep(deadMs);
  const now = await notedPrograms(db, but);
  const dead = now.filter(({ _id, beat }) => before.get(_id) === beat).map(({ _id }) => _id);
  if (dead.length > 0) await programs(db).deleteMany({ _id: { $in: dead } });
  return now.filter(({ _id }) => !dead.includes(_id));
}
