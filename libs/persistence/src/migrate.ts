import { mongo } from 'mongoose';
import { EnvironmentFault } from '#runtime';
import { duplicatesOf } from './versioned-collection.js';
import { MigrationLock } from './migration-lock.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Migration } from './migrations/migration.js';

/** A migration that was run. */
interface Applied {
  _id: string;
  at: Date;
  /** As the migration says it; absent from what was run before it was noted. */
  needs?: string | null;
}

export interface MigrateOptions {
  log: (text: string) => void;
  migrations?: readonly Migration[];
  /** Milliseconds after which a silent holder of the lock counts as dead. */
  deadMs?: number;
}

/**
 * Runs the migrations that a database lacks, in their order and under a lock: of processes that start at once, one runs
 * each, the others wait for it. One that was under way when its process died is run again.
 *
 * @throws EnvironmentFault when a later version has migrated the database already, in a way that this one cannot work with
 */
export async function migrate(db: mongo.Db, options: MigrateOptions): Promise<void> {
  const { log, migrations = MIGRATIONS, deadMs } = options;
  const applied = db.collection<Applied>('migrations');
  const open = await pending(applied, migrations, log);
  if (open.length === 0) return;
  await new MigrationLock(db, deadMs).use(async (demandHeld) => {
    for (const migration of await pending(applied, migrations)) {
      await demandHeld();
      log(`migration ${migration.name} …`);
      await migration.up({ db });
      await demandHeld();
      await duplicatesOf(() => applied.insertOne(noteOf(migration)));
      log(`migration ${migration.name} is done`);
    }
  });
}

/** Those that are made again, the newest last. */
export function repeatedOf(migrations: readonly Migration[] = MIGRATIONS): readonly Migration[] {
  return migrations.filter(({ isRepeated }) => isRepeated);
}

/** Makes migrations again that a database has had, under the lock. Ends early, by an error, when the signal says so. */
export async function makeAgain(
  db: mongo.Db,
  migrations: readonly Migration[],
  signal: AbortSignal,
): Promise<void> {
  await new MigrationLock(db).use(async (demandHeld) => {
    for (const migration of migrations) {
      await demandHeld();
      await migration.up({ db, signal });
    }
  }, signal);
}

/** Names of the migrations that a database has and lacks, and of those of a later version that this one cannot work with. */
export async function migrationsOf(
  db: mongo.Db,
): Promise<{ applied: string[]; lacking: string[]; later: string[] }> {
  const found = await db.collection<Applied>('migrations').find().toArray();
  const applied = found.map(({ _id }) => _id).toSorted();
  const known = MIGRATIONS.map(({ name }) => name);
  return {
    applied,
    lacking: known.filter((name) => !applied.includes(name)),
    later: found
      .filter(({ _id }) => laterThan([_id]).length > 0)
      .filter((one) => !isBorne(one, new Set(known)))
      .map(({ _id }) => _id)
      .toSorted(),
  };
}

/** Whether a program with these migrations can work with what one of a later version has left. */
function isBorne({ needs }: Applied, known: ReadonlySet<string>): boolean {
  return needs === null || (needs !== undefined && known.has(needs));
}

/** Those of some migrations that this version does not know. */
export function laterThan(names: readonly string[]): string[] {
  return names.filter((name) => !MIGRATIONS.some((known) => known.name === name));
}

function noteOf({ name, needs }: Migration): Applied {
  return { _id: name, at: new Date(), needs };
}

async function pending(
  applied: mongo.Collection<Applied>,
  migrations: readonly Migration[],
  log: (text: string) => void = () => undefined,
): Promise<readonly Migration[]> {
  const found = await applied.find().toArray();
  const known = new Set(migrations.map(({ name }) => name));
  const later = found.filter(({ _id }) => !known.has(_id)).toSorted((a, b) => (a._id < b._id ? -1 : 1));
  const names = later.map(({ _id }) => _id).join(', ');
  if (!later.every((one) => isBorne(one, known))) {
    throw new EnvironmentFault(
      `environment: a later version of Relaypoint has migrated this database (${names}); start that version, or restore the backup from before`,
    );
  }
  if (later.length > 0)
    log(`the next version has migrated this database (${names}); this one can work with it`);
  const done = new Set(found.map(({ _id }) => _id));
  return migrations.filter(({ name }) => !done.has(name));
}
