import { mongo } from 'mongoose';
import { connectOptions } from './connection-options.js';

const REPLICA_SET =
  'mongodb://u:p@a.test:27017,b.test:27017,c.test/relaypoint?replicaSet=rs0&authSource=admin';

/** What the driver makes of an address and our options, without connecting. */
function settled(uri: string, more: { name?: string; selectionMs?: number } = {}): mongo.MongoOptions {
  const { autoIndex, autoCreate, bufferCommands, ...options } = connectOptions({
    uri,
    standIn: false,
    ...more,
  });
  expect([autoIndex, autoCreate, bufferCommands]).toEqual([false, false, false]);
  return new mongo.MongoClient(uri, options).options;
}

describe('the connection to the database', () => {
  it('is to every host of the address, and to its database', () => {
    const { hosts, dbName, replicaSet, credentials } = settled(REPLICA_SET);
    expect(hosts.map(String)).toEqual(['a.test:27017', 'b.test:27017', 'c.test:27017']);
    expect([dbName, replicaSet, credentials?.source]).toEqual(['relaypoint', 'rs0', 'admin']);
  });

  it('waits for nothing without end, and says who it is', () => {
    expect(settled(REPLICA_SET, { name: 'importer', selectionMs: 20_000 })).toMatchObject({
      appName: 'relaypoint-importer',
      serverSelectionTimeoutMS: 20_000,
      socketTimeoutMS: 30_000,
      waitQueueTimeoutMS: 10_000,
    });
  });

  it('leaves to the address what it says itself, in any case', () => {
    const uri = `${REPLICA_SET}&maxpoolsize=7&appName=own&socketTimeoutMS=1000`;
    expect(settled(uri)).toMatchObject({ maxPoolSize: 7, appName: 'own', socketTimeoutMS: 1000 });
  });

  it('keeps its guarantees whatever the address says', () => {
    const options = settled(`${REPLICA_SET}&w=0&readPreference=secondary`);
    expect(options.writeConcern).toMatchObject({ w: 'majority', journal: true, wtimeoutMS: 10_000 });
    expect(options.readPreference.mode).toBe('primary');
    expect(options.serverApi).toMatchObject({ version: '1', strict: true });
  });
});
