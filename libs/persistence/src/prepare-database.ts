import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { mongo } from 'mongoose';
import { EnvironmentFault, isDatabaseAway } from '#runtime';
import { connectOptions, type DatabaseUse } from './connection-options.js';
import { migrate } from './migrate.js';
import { demandRestored } from './restore-marker.js';
import { checkServer } from './server-version.js';

/** Between two tries while the database is away. */
const AGAIN_MS = 1_000;

/**
 * What has to be before anything is read or written: a server that we can use, a database that is whole, and documents as
 * this version stores them.
 * The database may be away just now: a program waits for it at its start as it does later.
 *
 * @throws EnvironmentFault when this version cannot use the database
 */
export async function prepareDatabase(use: DatabaseUse): Promise<void> {
  const log = new Logger('Database');
  let said = '';
  for (;;) {
    try {
      await checkServer(use);
      return await migrated(use, (text) => log.log(text));
    } catch (error) {
      if (error instanceof EnvironmentFault || !isDatabaseAway(error)) throw error;
      const text = `the database cannot be used (MONGODB_URI): ${String(error)}; it is tried again`;
      // Nest keeps back what is logged until the program is built, and that waits for this
      if (text !== said) process.stderr.write(`relaypoint ${use.name ?? 'program'}: ${text}\n`);
      said = text;
      await sleep(AGAIN_MS);
    }
  }
}

function migrated(use: DatabaseUse, log: (text: string) => void): Promise<void> {
  return byOwnConnection(use, async (db) => {
    await demandRestored(db);
    await migrate(db, { log });
  });
}

/** Does something by a connection that is there for nothing else. */
export async function byOwnConnection(
  use: DatabaseUse,
  work: (db: mongo.Db) => Promise<void>,
): Promise<void> {
  const { autoIndex: _, autoCreate: _1, bufferCommands: _2, ...options } = connectOptions(use);
  const client = new mongo.MongoClient(use.uri, options);
  try {
    await work(client.db());
  } finally {
    await client.close();
  }
}
