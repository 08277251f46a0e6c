import { mongo } from 'mongoose';
import { connectOptions, type DatabaseUse } from './connection-options.js';
import { mendDriverHang } from './driver-hang.js';
import { checkServerVersion } from './server-version.js';

/**
 * Opens the database for work on the whole of it, past the repositories: backup, restore, checks.
 *
 * @throws EnvironmentFault when this version cannot use the database; what the driver throws when it is away
 */
export async function withDatabase<Result>(
  use: DatabaseUse,
  work: (db: mongo.Db) => Promise<Result>,
): Promise<Result> {
  mendDriverHang();
  await checkServerVersion(use);
  const { autoIndex: _, autoCreate: _1, bufferCommands: _2, ...options } = connectOptions(use);
  const client = new mongo.MongoClient(use.uri, options);
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}
