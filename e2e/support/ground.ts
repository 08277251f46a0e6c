import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import mongoose from 'mongoose';
import type { RabbitmqCluster } from '../../tools/peers/rabbitmq-cluster.js';
import { databaseOn } from '../../tools/mongodb-uri.js';
import { MongodbProcess } from '../../tools/peers/mongodb-process.js';
import { RabbitmqNode } from '../../tools/peers/rabbitmq-node.js';
import { createProgramUsers, type ProgramUsers } from '../../tools/testing/program-users.js';
import { brokerOfTests, rabbitmqOf } from '../../tools/testing/rabbitmq-choice.js';

/** Document of a test's look into the database. */
export type Row = Record<string, unknown>;

/** Broker and database under a test: a vhost and a database of its own, on shared peers or on peers of its own. */
export class TestEnvironment {
  /** The programs' own users on the broker, where the test has them made; else all work as its administrator. */
  users: ProgramUsers | undefined;

  private constructor(
    readonly vhost: string,
    readonly database: string,
    private readonly amqpBase: string,
    private readonly managementUrl: string,
    private readonly mongoBase: string,
    readonly broker: RabbitmqNode | null,
    readonly mongodb: MongodbProcess | null,
    private readonly cluster: RabbitmqCluster | null = null,
  ) {}

  /** On the peers that the test run shares. */
  static async shared(): Promise<TestEnvironment> {
    const name = `e2e-${randomBytes(6).toString('hex')}`;
    const { amqpUrl, managementUrl } = brokerOfTests();
    const ground = new TestEnvironment(
      name,
      name,
      amqpUrl,
      managementUrl,
      variable('RELAYPOINT_TEST_MONGODB_URI'),
      null,
      null,
    );
    await ground.createVhost();
    return ground;
  }

  /** On a cluster of brokers, whose nodes the test may kill, and the database that the test run shares. */
  static async onCluster(cluster: RabbitmqCluster): Promise<TestEnvironment> {
    const [first] = cluster.nodes;
    if (!first) throw new Error('a cluster without nodes');
    const name = `e2e-${randomBytes(6).toString('hex')}`;
    const ground = new TestEnvironment(
      name,
      name,
      first.amqpUrl,
      first.managementUrl,
      variable('RELAYPOINT_TEST_MONGODB_URI'),
      null,
      null,
      cluster,
    );
    await ground.createVhost();
    return ground;
  }

  /** On a broker and a database that the test may kill. */
  static async own(folder: string): Promise<TestEnvironment> {
    const programs = await rabbitmqOf(process.env['RELAYPOINT_TEST_RABBITMQ']);
    if ('missing' in programs) throw new Error(`RabbitMQ cannot be had: ${programs.missing}`);
    const login = { user: 'guest', password: 'guest' };
    const [broker, mongodb] = await Promise.all([
      RabbitmqNode.start({ folder: join(folder, 'rabbitmq'), programs, ...login }),
      MongodbProcess.start({
        folder: join(folder, 'mongodb'),
        program: process.env['MONGODB_STAND_IN'] ? 'stand-in' : 'mongod',
        isDurable: true,
      }),
    ]);
    const ground = new TestEnvironment(
      'kills',
      'kills',
      broker.amqpUrl,
      broker.managementUrl,
      mongodb.uri,
      broker,
      mongodb,
    );
    await ground.createVhost();
    return ground;
  }

  get amqpUrl(): string {
    if (this.cluster) return this.cluster.amqpUrl(this.vhost);
    return `${this.amqpBase.replace(/\/$/, '')}/${encodeURIComponent(this.vhost)}`;
  }

  /** Gives each program a user of its own on the broker, with no more rights than an installation gives it. */
  async makeProgramUsers(): Promise<ProgramUsers> {
    const { vhost, amqpBase: amqpUrl, managementUrl } = this;
    const manage = (method: string, path: string, body?: unknown): Promise<unknown> =>
      this.manage(method, path, body);
    this.users = await createProgramUsers({ vhost, amqpUrl, managementUrl, manage });
    return this.users;
  }

  get mongodbUri(): string {
    return databaseOn(this.mongoBase, this.database);
  }

  async createVhost(): Promise<void> {
    const vhost = encodeURIComponent(this.vhost);
    await this.manage('PUT', `/api/vhosts/${vhost}`);
    await this.manage('PUT', `/api/permissions/${vhost}/guest`, { configure: '.*', write: '.*', read: '.*' });
    await this.users?.grant();
  }

  /** The vhost with all its queues and messages is gone, and an empty one stands in its place. */
  async wipeVhost(): Promise<void> {
    await this.manage('DELETE', `/api/vhosts/${encodeURIComponent(this.vhost)}`);
    await this.createVhost();
  }

  /** Messages ready on each queue right now. */
  async queueDepths(): Promise<Record<string, number>> {
    const names = await this.manage<{ name: string }[]>(
      'GET',
      `/api/queues/${encodeURIComponent(this.vhost)}?columns=name`,
    );
    const connection = await connect(this.amqpUrl.split(',')[0] ?? '', { noDelay: true });
    try {
      const channel = await connection.createChannel();
      const depths: Record<string, number> = {};
      for (const { name } of names) {
        // each is its connection's alone; the second is how the version before calls them
        if (name.startsWith('relaypoint.changes.') || name.startsWith('amq.gen-')) continue;
        depths[name] = (await channel.checkQueue(name)).messageCount;
      }
      return depths;
    } finally {
      await connection.close();
    }
  }

  /** Looks into the store itself, for moments that no API shows. */
  async find(collection: string, filter: Row): Promise<Row[]> {
    return await this.withDatabase((db) => db.collection<Row>(collection).find(filter).toArray());
  }

  /** Every document of every collection, as text, by collection; bytes of files as they are. */
  async everything(): Promise<Map<string, string>> {
    return await this.withDatabase(async (db) => {
      const texts = new Map<string, string>();
      for (const { name } of await db.listCollections().toArray()) {
        const rows = await db.collection<Row>(name).find({}).toArray();
        texts.set(name, rows.map((row) => JSON.stringify(row, bytesAsText)).join('\n'));
      }
      return texts;
    });
  }

  /** Writes fields of documents, for moments that would take hours to come. */
  async set(collection: string, filter: Row, fields: Row): Promise<void> {
    await this.withDatabase((db) => db.collection<Row>(collection).updateMany(filter, { $set: fields }));
  }

  /** Puts in a document, past all programs. */
  async add(collection: string, row: Row): Promise<void> {
    await this.withDatabase((db) => db.collection<Row>(collection).insertOne(row));
  }

  async remove(collection: string, filter: Row): Promise<void> {
    await this.withDatabase((db) => db.collection<Row>(collection).deleteMany(filter));
  }

  async drop(): Promise<void> {
    if (!this.broker) await this.users?.drop();
    if (this.broker) await this.broker.wipe();
    else await this.manage('DELETE', `/api/vhosts/${encodeURIComponent(this.vhost)}`);
    if (this.mongodb) await this.mongodb.wipe();
    else await this.withDatabase((db) => db.dropDatabase());
  }

  private async withDatabase<T>(work: (db: mongoose.mongo.Db) => Promise<T>): Promise<T> {
    const client = await mongoose.mongo.MongoClient.connect(this.mongodbUri, { retryWrites: false });
    try {
      return await work(client.db(this.database));
    } finally {
      await client.close();
    }
  }

  private async manage<T>(method: string, path: string, body?: unknown): Promise<T> {
    const url = new URL(path, this.managementUrl);
    const { username, password } = new URL(this.managementUrl);
    const basic = Buffer.from(`${username || 'guest'}:${password || 'guest'}`).toString('base64');
    url.username = '';
    url.password = '';
    const response = await fetch(url, {
      method,
      headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

/** Binary values come as BSON's base64 otherwise, in which no text is found. */
function bytesAsText(this: Row, key: string, value: unknown): unknown {
  const given = this[key];
  return given instanceof mongoose.mongo.Binary ? Buffer.from(given.buffer).toString('latin1') : value;
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by "npm test"`);
  return value;
}
