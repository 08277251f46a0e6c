import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../tools/testing/eventually.js';
import { FaultSite } from './fault-site.js';
import { type Fault, type Ground, PATIENCE } from './ground.js';

const LONG_AGO = new Date(Date.now() - 600_000);
const SITE = '/distribution-points/south';
const SOUTH = { version: '1.0', os: 'test', hostname: 'foreign' };

/** Two checkpoints of one number, as only who has the server's key can sign them. */
function twoAudits(folder: string): { had: object; has: object } {
  const pem = readFileSync(join(folder, 'state', 'keys', 'order-signing.pem'));
  const privateKey = createPrivateKey(pem);
  const key = createPublicKey(pem).export({ format: 'jwk' }).x;
  const digest = '0'.repeat(64);
  const signed = (sequence: number): object => {
    // canonical JSON: fields by name
    const statement = {
      at: LONG_AGO.toISOString(),
      hash: digest,
      key,
      number: 2,
      previous: digest,
      removed: null,
      sequence,
    };
    const text = `relaypoint/audit-checkpoint/v1\n${JSON.stringify(statement)}`;
    return { ...statement, signature: sign(null, Buffer.from(text), privateKey).toString('base64url') };
  };
  return { had: signed(20), has: signed(19) };
}

/** What goes wrong at DPs, with orders, imports and people. */
export const FAULTS_OF_WORK: readonly Fault[] = [
  {
    name: 'a DP that does not poll any more',
    alerts: ['RelaypointDpOverdue'],
    of: { dp: 'south' },
    always: true,
    plant: ({ south }, mend) => {
      south.end();
      mend(() => south.begin());
    },
  },
  {
    name: 'a DP whose clock is ten minutes behind',
    alerts: ['RelaypointDpClockOff'],
    of: { dp: 'south' },
    plant: async ({ south }, mend) => {
      south.end();
      mend(() => south.begin());
      const then = Math.floor(Date.now() / 1000) - 600;
      const poll = { poll: 'p-0000000000000000', max: 1, wait: 0, running: [] };
      await south.dp.post('/dp/v1/poll', poll, south.dp.tokenWith({ iat: then, exp: then + 240 }));
    },
  },
  {
    name: 'a DP that was told another audit than before',
    alerts: ['RelaypointAuditContradicted'],
    plant: async ({ south, stack }, mend) => {
      const { body } = await south.dp.poll({ max: 0 });
      expect(body).toMatchObject({ takes: ['agent.contradiction'] });
      mend(async () => {
        const { alerts } = await stack.api.ok<{ alerts: { code: string; at: string }[] }>('GET', SITE);
        const heardAt = alerts.findLast(({ code }) => code === 'AUDIT_CONTRADICTED')?.at;
        await stack.api.ok('POST', `${SITE}/accept-audit`, { heardAt });
      });
      await south.dp.poll({ max: 0, agent: { ...SOUTH, contradiction: twoAudits(stack.folder) } });
    },
  },
  {
    name: 'a DP that was enabled after the accounts had been entered',
    alerts: ['RelaypointDpAccountMissing'],
    of: { dp: 'late' },
    plant: async ({ stack }, mend) => {
      const late = await FaultSite.join(stack, 'late');
      late.begin();
      mend(async () => {
        late.end();
        await stack.api.ok('POST', '/distribution-points/late/disable', {});
      });
    },
  },
  {
    name: 'a message that nobody can use',
    alerts: ['RelaypointDeadLetters'],
    of: { queue: 'relaypoint.status.dead' },
    always: true,
    plant: async (ground, mend) => {
      const { api } = ground.stack;
      await ground.onBroker((channel) => {
        channel.sendToQueue('relaypoint.status', Buffer.from('no JSON'), { type: 'report' });
        return Promise.resolve();
      });
      mend(async () => {
        const { items } = await api.ok<{ items: { id: string }[] }>('GET', '/dead-letters');
        for (const { id } of items) await api.ok('DELETE', `/dead-letters/${id}`);
      });
    },
  },
  {
    name: 'an import of a file that cannot be read',
    alerts: ['RelaypointImportFailed'],
    always: true,
    plant: (ground) => ground.unreadableImport(),
  },
  {
    name: 'a webhook that nobody answers, when there is something to tell',
    alerts: ['RelaypointImportFailed', 'RelaypointNoticesNotDelivered'],
    plant: async (ground, mend) => {
      const { api } = ground.stack;
      // what is still to be told to who is gone by then would fail while something else is looked at
      mend(() => ground.stack.ground.remove('deliveries', { state: 'waiting' }));
      for (const name of ['one', 'two', 'three', 'four']) {
        const to = { url: 'http://127.0.0.1:9/', format: 'cloudevents', kinds: ['import-failed'] };
        const target = { name, tenant: 'default', ...to };
        const { id } = await api.ok<{ id: string }>('POST', '/notification-targets', target);
        mend(() => api.ok('DELETE', `/notification-targets/${id}`));
      }
      await ground.unreadableImport();
    },
  },
  {
    name: 'a directory that does not answer, twice',
    alerts: ['RelaypointDirectorySyncFailing'],
    plant: async (ground, mend) => {
      const { api } = ground.stack;
      const id = await ground.directoryAt(9);
      const path = `/directories/${id}`;
      mend(() => api.ok('DELETE', path));
      for (const failures of [1, 2]) {
        await api.ok('POST', `${path}/sync`, {});
        await ground.failedSyncs(path, failures);
      }
    },
  },
  {
    name: 'a DP that takes orders and says nothing of them',
    alerts: ['RelaypointLeasesLapsing'],
    plant: async (ground, mend) => {
      const { south, stack } = ground;
      let orders: string[] = [];
      // the minute that a DP has is over
      const lapse = (): Promise<void> =>
        stack.ground.set(
          'orders',
          { _id: { $in: orders }, state: 'leased' },
          { 'lease.until': LONG_AGO, wakeAt: LONG_AGO },
        );
      mend(async () => {
        // those that it has taken once more would lapse in a minute, when something else is looked at
        await lapse();
        await ground.succeeded(orders);
      });
      ground.failing(south, null, mend);
      orders = await south.release(ground.names(6));
      await eventually(() => {
        if (south.kept.length < orders.length) throw new Error(`${south.kept.length} orders are taken`);
      }, PATIENCE);
      await lapse();
    },
  },
  {
    name: 'orders that fail one after the other',
    alerts: ['RelaypointOrdersFailing'],
    plant: async (ground, mend) => {
      const full = { state: 'failed', phase: 'install', failure: { code: 'DISK_FULL' } };
      ground.failing(ground.north, () => full, mend);
      await ground.north.release(ground.names(14));
    },
  },
  {
    name: 'a failure that is in no list',
    alerts: ['RelaypointUnknownFailures'],
    plant: async (ground, mend) => {
      const unknown = { state: 'failed', phase: 'install', failure: { code: 'UNKNOWN' } };
      ground.failing(ground.north, () => unknown, mend);
      const [order] = await ground.north.release(ground.names(1));
      mend(() => ground.stack.api.ok('POST', `/orders/${order}/cancel`, {}));
    },
  },
  {
    name: 'an account that is refused',
    alerts: ['RelaypointBrakeTripped'],
    always: true,
    plant: async (ground, mend) => {
      const { api } = ground.stack;
      ground.failing(
        ground.north,
        ({ accounts }) => ({
          state: 'failed',
          phase: 'auth',
          failure: { code: 'AUTH_FAILED' },
          accounts: accounts.map(({ account }) => ({ account, result: 'AUTH_FAILED' })),
        }),
        mend,
      );
      await ground.north.release(ground.names(3));
      mend(async () => {
        const { items } = await api.ok<{ items: { id: string }[] }>('GET', '/brakes?open=true');
        for (const { id } of items) await api.ok('POST', `/brakes/${id}/lift`, { reason: 'mended' });
      });
    },
  },
  {
    name: 'a rollout that stops itself',
    alerts: ['RelaypointRolloutStopped'],
    of: { kind: 'stop' },
    always: true,
    plant: async (ground, mend) => {
      const { api } = ground.stack;
      const full = { state: 'failed', phase: 'install', failure: { code: 'DISK_FULL' } };
      ground.failing(ground.north, () => full, mend);
      const computers = await ground.north.computers(ground.names(6));
      const wish = { name: 'bad', computers, waves: [{ count: 3 }], stops: [{ count: 2, minimum: 2 }] };
      const { id } = await api.ok<{ id: string }>('POST', '/rollouts', wish);
      mend(() => api.ok('POST', `/rollouts/${id}/abort`, {}));
    },
  },
  {
    name: 'an order queue that the broker does not let be declared',
    alerts: ['RelaypointTicketsRefused'],
    plant: async (ground, mend) => {
      const { south, stack } = ground;
      const { broker, vhost } = stack.ground;
      south.end();
      await stack.api.ok('PATCH', `${SITE}/settings`, { pollInterval: 3600 });
      mend(async () => {
        await broker?.ctl('clear_vhost_limits', '-p', vhost);
        south.begin();
        await asksOftenAgain(ground);
      });
      await ground.onBroker((channel) => channel.deleteQueue('dp.south.orders'));
      await broker?.ctl('set_vhost_limits', '-p', vhost, '{"max-queues":1}');
      await south.release(ground.names(1));
    },
  },
  {
    name: 'an order queue that was purged',
    alerts: ['RelaypointTicketsLost'],
    plant: async (ground, mend) => {
      const { south, stack } = ground;
      south.end();
      await stack.api.ok('PATCH', `${SITE}/settings`, { pollInterval: 3600 });
      mend(async () => {
        south.begin();
        await asksOftenAgain(ground);
      });
      const orders = await south.release(ground.names(3));
      await stack.ground.set('orders', { _id: { $in: orders } }, { 'publish.sentAt': LONG_AGO });
      await ground.onBroker((channel) => channel.purgeQueue('dp.south.orders'));
    },
  },
];

/** It may ask as often as before, and the server hears of it at once: gateways tell seldom of a DP that may ask seldom. */
async function asksOftenAgain({ south, stack, prometheus }: Ground): Promise<void> {
  await stack.api.ok('PATCH', `${SITE}/settings`, { pollInterval: null });
  for (let turn = 1; turn <= 3; turn += 1) {
    // what is new is told at once
    await south.dp.poll({ max: 0, agent: { ...SOUTH, hostname: `foreign-${turn}` } });
    await prometheus.evaluations(1);
  }
}
