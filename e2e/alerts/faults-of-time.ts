import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../../tools/testing/eventually.js';
import { hangingQueue } from '../../tools/testing/hanging-queue.js';
import { type Fault, type Mend, PATIENCE } from './ground.js';

/** Longer ago than anything may wait before somebody is told. */
const LONG_AGO = new Date(Date.now() - 3_600_000);
/** Clients that look at orders all the time: more than the server has connections to its database. */
const READERS = 100;

/** What takes too long, or stays lying. */
export const FAULTS_OF_TIME: readonly Fault[] = [
  {
    name: 'a DP that polls and takes no order',
    alerts: ['RelaypointOrdersNotFetched'],
    plant: async (ground, mend) => {
      const { south, stack } = ground;
      south.takesOrders = false;
      mend(() => (south.takesOrders = true));
      const orders = await south.release(ground.names(1));
      await eventually(async () => {
        expect(await stack.ground.find('orders', { _id: { $in: orders }, state: 'queued' })).toHaveLength(1);
      }, PATIENCE);
      await stack.ground.set('orders', { _id: { $in: orders } }, { 'publish.sentAt': LONG_AGO });
    },
  },
  {
    name: 'a directory that takes the connection and says nothing',
    alerts: ['RelaypointDirectorySyncLate'],
    plant: async (ground, mend) => {
      const { api, ground: stores } = ground.stack;
      const port = await silentPort(mend);
      const id = await ground.directoryAt(port);
      mend(() => api.ok('DELETE', `/directories/${id}`));
      await api.ok('POST', `/directories/${id}/sync`, {});
      await eventually(async () => {
        expect((await api.ok('GET', `/directories/${id}/sync`))['runningSince']).not.toBeNull();
      }, PATIENCE);
      await stores.set('directorySyncs', { _id: id }, { 'run.at': LONG_AGO });
    },
  },
  {
    name: 'an entry of the audit that no server has written',
    alerts: ['RelaypointAuditNotLinked'],
    plant: async ({ stack: { ground } }, mend) => {
      const [one] = await ground.find('audit', {});
      const foreign = { ...one, _id: 7, chain: null };
      mend(() => ground.remove('audit', { _id: 7 }));
      await ground.add('audit', foreign);
    },
  },
  {
    name: 'calls of gateways that hang in the broker',
    alerts: ['RelaypointServerUnanswered'],
    plant: async ({ stack, north }, mend) => {
      const { broker, vhost } = stack.ground;
      if (!broker) throw new Error('the broker is not of this test');
      const queue = await hangingQueue(broker, vhost, 'relaypoint.rpc.server');
      mend(() => queue.goOn());
      const asked = Array.from({ length: 12 }, () => north.dp.post('/dp/v1/proof', { nonce: randomUUID() }));
      expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([503]));
    },
  },
  {
    name: 'reports that lay on their queue',
    alerts: ['RelaypointReportsLate'],
    plant: async (ground, mend) => {
      const [one] = await ground.stack.ground.find('orders', { state: 'succeeded', dp: 'north' });
      if (!one) throw new Error('no order of north has succeeded');
      const at = new Date(Date.now() - 300_000).toISOString();
      const report = { order: one['_id'], fence: one['fence'], attempt: 1, at, state: 'progress' };
      const late = (seq: number): Buffer =>
        Buffer.from(
          JSON.stringify({
            pattern: 'report',
            data: {
              v: 1,
              dp: 'north',
              receivedAt: at,
              correlation: 'late',
              report: { ...report, report: randomUUID(), seq, phase: 'install' },
            },
          }),
        );
      whileBroken(mend, async (seq) => {
        await ground.onBroker((channel) => {
          channel.sendToQueue('relaypoint.status', late(seq + 1));
          return Promise.resolve();
        });
        await pause(300);
      });
    },
  },
  {
    name: 'a database that stops for a second again and again',
    alerts: ['RelaypointDatabaseBusy'],
    of: { job: 'relaypoint-server' },
    plant: ({ stack: { api, ground } }, mend) => {
      mend(() => ground.mongodb?.resume());
      whileBroken(mend, async () => {
        ground.mongodb?.pause();
        await pause(1_000);
        ground.mongodb?.resume();
        await pause(400);
      });
      for (let reader = 0; reader < READERS; reader += 1)
        whileBroken(mend, () => api.call('GET', '/orders?limit=1'));
    },
  },
  {
    name: 'an importer that gets the processor now and then',
    alerts: ['RelaypointEventLoopBusy'],
    of: { job: 'relaypoint-importer' },
    plant: async ({ stack, prometheus }, mend) => {
      // that it is slow is to be seen, not that it is too slow for a scrape a second
      await prometheus.scrapeEvery('relaypoint-importer', 3);
      mend(() => prometheus.scrapeEvery('relaypoint-importer', 1));
      mend(() => stack.importer?.signal('SIGCONT'));
      whileBroken(mend, async () => {
        stack.importer?.signal('SIGSTOP');
        await pause(1_500);
        stack.importer?.signal('SIGCONT');
        await pause(300);
      });
    },
  },
];

/** Does something again and again until the fault is mended, and has ended by then. */
function whileBroken(mend: Mend, work: (turn: number) => Promise<unknown>): void {
  const mended = new AbortController();
  const turns = (async () => {
    for (let turn = 0; !mended.signal.aborted; turn += 1) await work(turn);
  })();
  mend(async () => {
    mended.abort();
    await turns;
  });
}

/** A port that takes connections and answers nothing. */
async function silentPort(mend: Mend): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  mend(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
