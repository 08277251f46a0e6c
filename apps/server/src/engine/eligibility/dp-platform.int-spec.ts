import type { AgentInfo } from '#contract';
import { EventSender, QUEUES } from '#messaging';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { importedComputer, publishedRelease, testDp } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const AGENT = { version: '1.0.0', os: 'linux', hostname: 'dp-host' };
const SSH = { ...AGENT, methods: ['ssh'], platforms: ['linux', 'darwin'] };
const SMB = { ...AGENT, methods: ['ssh', 'smb'], platforms: ['linux', 'darwin', 'windows'] };

describe('an order for a computer that its DP has no method for', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer();
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  const addDp = async (id: string, agent: AgentInfo): Promise<void> => {
    const dp = testDp(server, id);
    const path = '/api/v1/distribution-points';
    const { body } = await server.post(path, { id, name: id, tenant: 'default' });
    await dp.enrol(body.joinToken, { agent });
    expect((await server.post(`${path}/${id}/enable`, {})).status).toBe(200);
    const account = {
      label: id,
      tenant: 'default',
      username: 'u',
      password: 'p',
      order: 1,
      scope: { dps: [id] },
    };
    expect((await server.post('/api/v1/accounts', account)).status).toBe(201);
  };
  const release = async (dp: string, name: string, os: string | null) => {
    const inventory = { os, version: null, description: null, location: null, ou: null, enabled: null };
    const { id } = await importedComputer(server, name, dp, { inventory: { ...inventory, lastLogon: null } });
    const { body } = await server.post(`/api/v1/computers/${id}/release`, {});
    return body;
  };
  const orderIs = (id: string, wanted: object): Promise<void> =>
    eventually(async () => expect((await server.get(`/api/v1/orders/${id}`)).body).toMatchObject(wanted), {
      timeoutMs: 60_000,
    });

  it('waits and says for what, until the DP tells of a method', async () => {
    await addDp('posix', SSH);
    const released = await release('posix', 'win-1', 'Windows 11 Pro');
    expect(released).toMatchObject({
      heldBack: 'DP_PLATFORM',
      message: expect.stringContaining('posix has no method to install on Windows 11 Pro'),
    });
    await orderIs(released.order, {
      state: 'planned',
      heldBack: {
        code: 'DP_PLATFORM',
        until: null,
        hint: { en: expect.stringContaining('smb'), de: expect.stringContaining('smb') },
      },
      waitsFor: { code: 'DP_PLATFORM' },
    });
    const shown = await server.get('/api/v1/distribution-points/posix');
    expect(shown.body.agent).toMatchObject({ methods: ['ssh'], platforms: ['linux', 'darwin'] });

    await server.app.get(EventSender).send(QUEUES.status, 'sightings', {
      v: 1,
      sightings: [
        { dp: 'posix', at: new Date().toISOString(), address: '192.0.2.7', running: 0, agent: SMB },
      ],
    });
    await orderIs(released.order, { state: 'queued', heldBack: null });
  }, 120_000);

  it.each([
    ['linux, which it can', SSH, 'Debian GNU/Linux 12'],
    ['nobody knows what', SSH, null],
    ['Windows, by a DP of before', AGENT, 'Windows 11 Pro'],
    ['Windows, by a command of the site', { ...AGENT, methods: ['command'], platforms: [] }, 'Windows 10'],
  ])(
    'does not wait where it runs %s',
    async (what, agent, os) => {
      const id = `dp-${what.replaceAll(/[^a-z]/gi, '').toLowerCase()}`;
      await addDp(id, agent);
      const { order, heldBack } = await release(id, `on-${id}`, os);
      expect(heldBack).toBeUndefined();
      await orderIs(order, { state: 'queued', heldBack: null });
    },
    60_000,
  );
});
