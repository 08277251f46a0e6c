import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OrderId } from '#domain';
import { isDatabaseAway } from '#runtime';
import { databaseOn, firstHost, throughPort } from '../../../tools/mongodb-uri.js';
import { MongodbProcess } from '../../../tools/peers/mongodb-process.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { TcpProxy } from '../../../tools/testing/tcp-gate.js';
import { computer, openStage, order, type Stage } from '../testing/stage.js';
import { DatabaseProbe } from './database-probe.js';
import { ComputerRepository } from './computer.repository.js';
import { OrderRepository } from './order.repository.js';

/** An error of a call that has to fail. */
const fault = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => Promise.reject(new Error('it was answered')),
    (error: unknown) => error,
  );

describe('a database behind a connection that breaks', () => {
  let gate: TcpProxy;
  let stage: Stage;
  let orders: OrderRepository;

  beforeAll(async () => {
    gate = await TcpProxy.open(firstHost(process.env['RELAYPOINT_TEST_MONGODB_URI'] ?? ''));
    stage = await openStage({ socketTimeoutMS: 500, serverSelectionTimeoutMS: 2_000 }, (uri) =>
      throughPort(uri, gate.port),
    );
    orders = stage.get(OrderRepository);
    await orders.insertMany([order(1)]);
  }, 60_000);
  afterAll(async () => {
    await stage.close();
    await gate.close();
  }, 30_000);

  it.each<[string, () => Promise<unknown>]>([
    ['a read', () => orders.findById('all', 'o1' as OrderId)],
    ['a guarded write', () => orders.replaceMany([order(1)])],
    ['an insert of many', () => orders.insertMany([order(2), order(3)])],
    ['a bulk', () => stage.get(ComputerRepository).told([computer(1)])],
    ['a page', () => orders.list('all', {}, { limit: 1 })],
  ])('is known to be away, and answers again: %s', async (_, call) => {
    gate.hold('in');
    const silent = await fault(call());
    gate.goAway();
    gate.release();
    const gone = await fault(call());
    gate.comeBack();
    expect([isDatabaseAway(silent), isDatabaseAway(gone)]).toEqual([true, true]);
    await eventually(call, { timeoutMs: 20_000 });
  });
});

describe('a database whose disk is full', () => {
  const folder = mkdtempSync(join(tmpdir(), 'full-'));
  let mongodb: MongodbProcess;
  let stage: Stage;

  beforeAll(async () => {
    mongodb = await MongodbProcess.start({
      folder,
      program: process.env['MONGODB_STAND_IN'] ? 'stand-in' : 'mongod',
    });
    stage = await openStage({}, () => databaseOn(mongodb.uri, 'full'));
  }, 90_000);
  afterAll(async () => {
    // nothing can be tidied up in it any more
    await mongodb.kill();
    await stage.close().catch(() => undefined);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('is not ready, whatever it says to a ping', async () => {
    const probe = stage.get(DatabaseProbe);
    await probe.check();
    // no file of this process may grow any more: what a full disk says to it
    execFileSync('prlimit', ['--pid', String(mongodb.pid), '--fsize=1']);
    await eventually(async () => expect(probe.check()).rejects.toThrow(), {
      timeoutMs: 60_000,
    });
  });
});
