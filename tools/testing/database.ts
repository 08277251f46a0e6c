import { randomBytes } from 'node:crypto';
import mongoose from 'mongoose';
import { databaseOn } from '../mongodb-uri.ts';

/** A database of a test's own on the test run's server. */
export interface TestDatabase {
  name: string;
  uri: string;
  /** Whether the server is the development stand-in. */
  standIn: boolean;
  drop: () => Promise<void>;
}

/** @throws Error when the test run has no database */
export function createDatabase(): TestDatabase {
  const base = process.env['RELAYPOINT_TEST_MONGODB_URI'];
  if (!base) throw new Error('RELAYPOINT_TEST_MONGODB_URI is not set: run the tests by "npm test"');
  const name = `test-${randomBytes(6).toString('hex')}`;
  const uri = databaseOn(base, name);
  return {
    name,
    uri,
    standIn: process.env['MONGODB_STAND_IN'] === '1',
    drop: async () => {
      const client = await mongoose.mongo.MongoClient.connect(uri, { retryWrites: false });
      await client.db(name).dropDatabase();
      await client.close();
    },
  };
}
