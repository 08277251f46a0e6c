import type { Socket } from 'node:net';
import mongoose from 'mongoose';
import { firstHost, throughPort } from '../../../tools/mongodb-uri.js';
import { createDatabase } from '../../../tools/testing/database.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { TcpProxy } from '../../../tools/testing/tcp-gate.js';
import { mendDriverHang } from './driver-hang.js';

interface Pooled {
  socket: Socket;
}
/** What of the driver a test reaches into. */
interface DriverClient {
  topology: {
    s: {
      servers: Map<string, { pool: { checkedOut: Set<Pooled> }; monitor: { connection: Pooled | null } }>;
    };
  };
}

describe('a connection that is destroyed just before a command is written to it', () => {
  const database = createDatabase();
  let gate: TcpProxy;
  let client: mongoose.mongo.MongoClient;

  beforeAll(async () => {
    mendDriverHang();
    gate = await TcpProxy.open(firstHost(database.uri));
    client = new mongoose.mongo.MongoClient(throughPort(database.uri, gate.port), {
      monitorCommands: true,
      retryReads: false,
      heartbeatFrequencyMS: 500,
    });
    await client.connect();
  }, 60_000);
  afterAll(async () => {
    await client.close();
    await gate.close();
    await database.drop();
  }, 30_000);

  const server = () => {
    const [found] = (client as unknown as DriverClient).topology.s.servers.values();
    if (!found) throw new Error('no server');
    return found;
  };
  const find = () => client.db().collection('things').findOne();

  it('ends the command, which fails as one whose connection was lost', async () => {
    await find();
    client.once('commandStarted', () => {
      for (const { socket } of server().pool.checkedOut) socket.destroy();
    });
    await expect(find()).rejects.toMatchObject({ name: 'MongoNetworkError' });
    expect(await find()).toBeNull();
  }, 30_000);

  it('does not stop the look for servers', async () => {
    await eventually(() => expect(server().monitor.connection).not.toBeNull());
    client.once('serverHeartbeatStarted', () => server().monitor.connection?.socket.destroy());
    await new Promise((resolve) => client.once('serverHeartbeatFailed', resolve));
    await eventually(async () => expect(await find()).toBeNull(), { timeoutMs: 20_000 });
  }, 60_000);
});
