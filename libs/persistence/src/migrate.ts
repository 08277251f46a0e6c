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
 * @throws EnvironmentFault when a later version has migrated the database already
 */
export async function migrate(db: mongo.Db, options: MigrateOptions): Promise<void> {
  const { log, migrations = MIGRATIONS, deadMs } = options;
  const applied = db.collection<Applied>('migrations');
  if ((await pending(applied, migrations)).length === 0) return;
  await new MigrationLock(db, deadMs).use(async (demandHeld) => {
    for (const migration of await pending(applied, migrations)) {
      await demandHeld();
      log(`migration ${migration.name} …`);
      await migration.up({ db });
      await demandHeld();
      await duplicatesOf(() => applied.insertOne({ _id: migration.name, at: new Date() }));
      log(`migration ${migration.name} is done`);
    }
  });
}

async function pending(
  applied: mongo.Collection<Applied>,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const done = new Set((await applied.find().toArray()).map(({ _id }) => _id));
  const known = new Set(migrations.map(({ name }) => name));
  const later = [...done].filter((name) => !known.has(name)).toSorted();
  if (later.length > 0) {
    throw new EnvironmentFault(
      `environment: a later version of Relaypoint has migrated this database (${later.join(', ')}); start that version, or restore the backup from before`,
    );
  }
  return migrations.filter(({ name }) => !done.has(name));
}
