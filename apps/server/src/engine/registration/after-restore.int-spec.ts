import { getConnectionToken } from '@nestjs/mongoose';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Connection } from 'mongoose';
import type { Computer } from '#domain';
import { ComputerRepository, InstallationRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import {
  enabledDp,
  importedComputer,
  publishedRelease,
  registeredClient,
} from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const READY = { status: 200, body: { state: 'ready' } };

describe('a client that has registered since the backup', () => {
  let server: TestServer;
  let computers: ComputerRepository;

  beforeAll(async () => {
    server = await startTestServer();
    computers = server.app.get(ComputerRepository);
    await publishedRelease(server, '1.0', Buffer.from('client'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    await enabledDp(server, 'site');
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', account);
  }, 60_000);
  afterAll(() => server.stop(), 60_000);

  const contact = async (app: NestFastifyApplication, secret: string) => {
    const location = { addresses: [] };
    const payload = { version: '1.0', bootId: 'boot-1', restartRequired: false, location };
    const headers = { authorization: `Bearer ${secret}` };
    const answer = await app.inject({ method: 'POST', url: '/client/v1/contact', headers, payload });
    return { status: answer.statusCode, body: answer.json() };
  };

  const stored = async ({ id }: Computer): Promise<Computer> => {
    const computer = await computers.findById('all', id);
    if (!computer) throw new Error(`no computer ${id}`);
    return computer;
  };

  /** The computer as the backup knew it. */
  const goBack = async (before: Computer, to: Partial<Computer> = {}): Promise<void> => {
    const { revision } = await stored(before);
    await computers.replace({ ...before, ...to, revision });
  };

  /** A server that was started after the database was restored. */
  const restoredServer = async (): Promise<NestFastifyApplication> => {
    const installation = server.app.get(InstallationRepository);
    const keys = await installation.serverKeys();
    if (!keys) throw new Error('the server has recorded no keys');
    await installation.replaceServerKeys({ ...keys, restoredAt: new Date() });
    return server.another();
  };

  it('is not known where nothing was restored: an outdated secret is as good as none', async () => {
    const computer = await importedComputer(server, 'pc-1', 'site');
    const { registered } = await registeredClient(server, computer);
    await goBack(computer);
    expect(await contact(server.app, registered.secret)).toMatchObject({ status: 401 });
  });

  it('is known by its secret after a restore, also where the backup knows of no order', async () => {
    const orders = server.app.get<Connection>(getConnectionToken()).collection<{ _id: string }>('orders');
    const computer = await importedComputer(server, 'pc-2', 'site');
    const released = await server.post(`/api/v1/computers/${computer.id}/release`, {});
    const before = await stored(computer);
    const order = await orders.findOne({ _id: released.body.order });
    if (!order) throw new Error('no order');
    const { registered } = await registeredClient(server, computer, {}, { orderId: order._id });
    await goBack(before);
    await orders.replaceOne({ _id: order._id }, order);
    const restored = await restoredServer();
    try {
      expect(await contact(restored, `${computer.id}.${'x'.repeat(43)}`)).toMatchObject({ status: 401 });
      expect(await contact(restored, registered.secret)).toMatchObject(READY);
      const ended = { state: 'ready', openOrder: null, lastOrder: order._id, dp: { fixed: null } };
      await eventually(async () => expect(await stored(computer)).toMatchObject(ended));
      expect(await contact(restored, registered.secret)).toMatchObject(READY);

      await goBack(before, { state: 'imported', openOrder: null, lastOrder: null });
      expect(await contact(restored, registered.secret)).toMatchObject(READY);
      const known = { state: 'ready', client: { bootId: 'boot-1' }, lastOrder: null };
      expect(await stored(computer)).toMatchObject(known);

      await goBack(before, { state: 'retired', openOrder: null });
      expect(await contact(restored, registered.secret)).toMatchObject({ status: 409 });
    } finally {
      await restored.close();
    }
  }, 30_000);
});
