import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';

const PATIENCE = { timeoutMs: 120_000, intervalMs: 1_000 };

describe('a DP that keeps what the server has signed of its audit', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await Stack.start({ importer: false });
  }, 180_000);
  afterAll(() => stack?.stop(), 60_000);

  it('makes it known that somebody has written the audit anew, until that is accepted', async () => {
    await stack.api.ok('PATCH', '/settings', { pollInterval: 5 });
    const { state } = await stack.addDp('witness', 'methods: [ssh]\nlongPoll: 1\n');
    const file = join(state, 'audit-witness.ndjson');
    const kept = (): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);
    let heardAt = '';
    const alerts = async (): Promise<string[]> => {
      const { alerts: all } = await stack.api.ok<{ alerts: { code: string; at: string }[] }>(
        'GET',
        '/distribution-points/witness',
      );
      heardAt = all.at(-1)?.at ?? heardAt;
      return all.map(({ code }) => code);
    };
    let renamed = 0;
    /** Gateways ask anew for a DP that was changed, and so hear of the newest checkpoint. */
    const change = async (): Promise<void> => {
      renamed += 1;
      await stack.api.ok('PATCH', '/distribution-points/witness', { name: `Witness ${renamed}` });
    };
    await eventually(async () => {
      await change();
      expect(kept()).toHaveLength(1);
    }, PATIENCE);
    expect(await alerts()).toEqual([]);

    await stack.killServer();
    for (const collection of ['audit', 'auditChain', 'auditCheckpoints'])
      await stack.ground.remove(collection, {});
    await stack.restartServer();
    await eventually(async () => {
      await change();
      expect(await alerts()).toEqual(['AUDIT_CONTRADICTED']);
    }, PATIENCE);
    const { items } = await stack.api.ok<{ items: object[] }>('GET', '/audit?action=audit.contradicted');
    expect(items).toMatchObject([
      { target: 'dp:witness', data: { had: { checkpoint: 1 }, has: { checkpoint: 1 } } },
    ]);
    expect(kept()).toHaveLength(2);

    await stack.api.ok('POST', '/distribution-points/witness/accept-audit', { heardAt });
    expect(await alerts()).toEqual([]);
  }, 300_000);
});
