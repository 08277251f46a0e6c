import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RabbitmqNode } from '../../../tools/peers/rabbitmq-node.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { BrokerConnection } from './broker-connection.js';
import { BrokerGaps } from './broker-gaps.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
const PATIENCE = { timeoutMs: 30_000 };

describe('a program that says nothing itself', () => {
  it('knows from when to when the broker was blocked or away, and takes no start and no blink for that', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'relaypoint-gaps-'));
    const node = await RabbitmqNode.start({ folder, user: 'guest', password: 'guest' });
    const connection = new BrokerConnection(node.amqpUrl, 'test', quiet);
    try {
      const gaps = new BrokerGaps(connection);
      const lasts = (): unknown => expect(gaps.all).toEqual([{ since: expect.any(Date), until: null }]);
      expect(gaps.all).toEqual([{ since: expect.any(Date), until: null }]);
      await eventually(() => expect(gaps.all).toEqual([]), PATIENCE);

      const before = new Date();
      await node.ctl('set_vm_memory_high_watermark', '0.000001');
      await eventually(lasts, PATIENCE);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await node.ctl('set_vm_memory_high_watermark', '0.4');
      await eventually(() => expect(gaps.all[0]?.until).toEqual(expect.any(Date)), PATIENCE);
      expect(gaps.all[0]?.since.getTime()).toBeGreaterThanOrEqual(before.getTime());

      await node.kill();
      await eventually(() => expect(gaps.all).toHaveLength(2), PATIENCE);
      expect(gaps.all[0]?.until).toBeNull();
    } finally {
      await connection.close();
      await node.wipe();
    }
  }, 120_000);
});
