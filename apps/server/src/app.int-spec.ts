import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { eventually } from '../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../testing/fixtures.js';
import { claimFor, sendReport, ticketsOf } from '../testing/test-gateway.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { DeadlineSweeper } from './engine/deadlines/deadline-sweeper.js';

const DP = 'north';

/** Two engines and one API, each a server of its own as it would be in a process of its own. */
describe('a server in parts', () => {
  let api: TestServer;
  const engines: NestFastifyApplication[] = [];

  beforeAll(async () => {
    api = await startTestServer({ ENGINE: 'off' });
    const engine = { ENGINE: 'on', API: 'off' };
    engines.push(await api.another(engine), await api.another(engine));
    await enabledDp(api, DP);
    await publishedRelease(api, '1.0', Buffer.from('sound'));
    await api.patch('/api/v1/client-releases/1.0', { default: true });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await api.post('/api/v1/accounts', account);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
    await api.stop();
  }, 60_000);

  const status = async (app: NestFastifyApplication, url: string): Promise<number> =>
    (await app.inject({ method: 'GET', url })).statusCode;

  it('has the API in one and the deadlines in the others', async () => {
    expect(() => api.app.get(DeadlineSweeper, { strict: false })).toThrow();
    for (const engine of engines) {
      expect(engine.get(DeadlineSweeper, { strict: false })).toBeInstanceOf(DeadlineSweeper);
      expect(await status(engine, '/api/v1/computers')).toBe(404);
      expect(await status(engine, '/health/ready')).toBe(200);
    }
    expect(await status(api.app, '/health/ready')).toBe(200);
  });

  it('takes an order its whole way, also when an engine is gone', async () => {
    const order = async (name: string): Promise<string> => {
      const { id } = await importedComputer(api, name, DP);
      return (await api.post('/api/v1/computers/release', { computers: [id] })).body.results[0].order;
    };
    const run = async (id: string): Promise<void> => {
      const granted = await eventually(async () => {
        const [one] = (await claimFor(api, DP, { tickets: await ticketsOf(api, [id]) })).orders;
        if (!one) throw new Error('not granted yet');
        return one.order;
      });
      await sendReport(api, granted, DP, { state: 'accepted' });
      await sendReport(api, granted, DP, { state: 'succeeded', result: 'OK' });
      await eventually(async () =>
        expect((await api.get(`/api/v1/orders/${id}`)).body).toMatchObject({ state: 'succeeded' }),
      );
    };
    await run(await order('first'));
    await engines.pop()?.close();
    await run(await order('second'));
  }, 60_000);
});
