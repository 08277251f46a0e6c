import { RPC, type IdentityAnswer } from '#contract';
import { enabledDp, rpc, testDp } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const DPS = '/api/v1/distribution-points';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

describe('of two machines of a distribution point', () => {
  it('the one that can do less gets orders while the other one is too old for them', async () => {
    await enabledDp(server, 'pair');
    // sealed to the first one alone
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', account);
    const { joinToken } = (await server.post(`${DPS}/pair/machines`, {})).body;
    const agent = { version: '2.0.0', os: 'linux', hostname: 'new-host' };
    await testDp(server, 'pair').enrol(joinToken, { agent });
    await server.post(`${DPS}/pair/enable`, {});

    const idle = async (minimumAgentVersion: string): Promise<unknown> => {
      await server.patch(`${DPS}/pair/settings`, { minimumAgentVersion });
      const { machines } = await rpc<IdentityAnswer>(server, RPC.identity, { dp: 'pair' });
      const shown = (await server.get(`${DPS}/pair`)).body.machines;
      expect(shown.map((one: { idle: boolean }) => one.idle)).toEqual(machines?.map((one) => one.isIdle));
      return machines?.map((one) => one.isIdle);
    };
    expect(await idle('none')).toEqual([false, true]);
    expect(await idle('1.5.0')).toEqual([false, false]);
  });
});
