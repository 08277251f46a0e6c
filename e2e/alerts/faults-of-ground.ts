import type { Fault } from './ground.js';

const LONG_AGO = new Date(Date.now() - 600_000);
const DOWN = ['RelaypointProgramDown'];

/** What goes wrong with programs, broker and database, and what comes from outside. */
export const FAULTS_OF_GROUND: readonly Fault[] = [
  {
    name: 'a document that somebody has spoilt',
    alerts: ['RelaypointServerErrors'],
    plant: async ({ stack }, mend) => {
      const [one] = await stack.ground.find('orders', { state: 'succeeded' });
      const wanted = { _id: one?.['_id'] };
      mend(() => stack.ground.set('orders', wanted, { kind: one?.['kind'] }));
      await stack.ground.set('orders', wanted, { kind: 'dance' });
      await stack.api.call('GET', `/orders/${String(one?.['_id'])}`);
    },
  },
  {
    name: 'a deadline that no server can meet',
    alerts: ['RelaypointDeadlinesLate'],
    plant: async ({ stack }, mend) => {
      const [one] = await stack.ground.find('orders', { state: 'succeeded' });
      const wanted = { _id: one?.['_id'] };
      mend(() => stack.ground.set('orders', wanted, { kind: one?.['kind'], wakeAt: null }));
      await stack.ground.set('orders', wanted, { kind: 'dance', wakeAt: LONG_AGO });
    },
  },
  {
    name: 'somebody who tries tokens at the gateway',
    alerts: ['RelaypointGatewayRefusing'],
    plant: async ({ north }) => {
      const poll = { poll: 'p-0000000000000000', max: 1, wait: 0, running: [] };
      for (let i = 0; i < 130; i += 1) await north.dp.post('/dp/v1/poll', poll, `guess.${i}.x`);
    },
  },
  {
    name: 'a server that was killed',
    alerts: DOWN,
    of: { job: 'relaypoint-server' },
    plant: async ({ stack }, mend) => {
      mend(() => stack.restartServer());
      await stack.killServer();
    },
  },
  {
    name: 'a gateway that was killed',
    alerts: DOWN,
    of: { job: 'relaypoint-gateway' },
    plant: async ({ stack }, mend) => {
      mend(() => stack.restartGateway());
      await stack.killGateway();
    },
  },
  {
    name: 'an importer that hangs',
    alerts: DOWN,
    of: { job: 'relaypoint-importer' },
    always: true,
    plant: ({ stack }, mend) => {
      mend(() => stack.importer?.signal('SIGCONT'));
      stack.importer?.signal('SIGSTOP');
    },
  },
  {
    name: 'servers that do not reach the broker',
    alerts: ['RelaypointBrokerAway'],
    of: { job: 'relaypoint-server' },
    plant: ({ stack }, mend) => {
      mend(() => stack.serverGate.comeBack());
      stack.serverGate.goAway();
    },
  },
  {
    name: 'gateways that do not reach the broker',
    alerts: ['RelaypointBrokerAway'],
    of: { job: 'relaypoint-gateway' },
    plant: ({ stack }, mend) => {
      mend(() => stack.gatewayGate.comeBack());
      stack.gatewayGate.goAway();
    },
  },
  {
    name: 'a broker without memory',
    alerts: ['RelaypointBrokerBlocked'],
    always: true,
    plant: async ({ stack }, mend) => {
      mend(() => stack.ground.broker?.ctl('set_vm_memory_high_watermark', '0.6'));
      await stack.ground.broker?.ctl('set_vm_memory_high_watermark', '0.00001');
    },
  },
  {
    name: 'a database that is away',
    alerts: ['RelaypointDatabaseAway'],
    of: { dependency: 'database' },
    always: true,
    plant: async ({ stack }, mend) => {
      mend(() => stack.restartDatabase());
      await stack.killDatabase();
    },
  },
];
