import type { ComputerState, TenantId } from '#domain';
import { ChangePublisher } from '#messaging';
import { ComputerRepository } from '#persistence';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { importedComputer } from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

describe('the counts of the overview', () => {
  let server: TestServer;
  /** Of `countsByState`, by whom it was asked for. */
  let countings: unknown[] = [];

  beforeAll(async () => {
    server = await startTestServer();
    const computers = server.app.get(ComputerRepository);
    const count = computers.countsByState.bind(computers);
    jest.spyOn(computers, 'countsByState').mockImplementation(async (scope) => {
      countings.push(scope);
      return count(scope);
    });
  }, 60_000);
  afterAll(() => server.stop(), 30_000);
  beforeEach(() => (countings = []));

  const counted = async (state: ComputerState): Promise<number> =>
    (await server.get('/api/v1/overview')).body.computers[state];

  it('are counted once for all who ask, until something changes', async () => {
    await importedComputer(server, 'first', 'site');
    server.app.get(ChangePublisher).publish({ v: 1, topic: 'computer', id: 'run', tenant: 'default' });
    await eventually(async () => expect(await counted('imported')).toBe(1));
    countings = [];
    await Promise.all(Array.from({ length: 5 }, () => server.get('/api/v1/overview')));
    expect(countings.length).toBeLessThanOrEqual(1);
    await server.get('/api/v1/overview');
    expect(countings.length).toBeLessThanOrEqual(1);

    await importedComputer(server, 'second', 'site');
    server.app.get(ChangePublisher).publish({ v: 1, topic: 'computer', id: 'run', tenant: 'default' });
    await eventually(async () => expect(await counted('imported')).toBe(2));
  });

  it('are of each tenant its own', async () => {
    const tenant = 'other' as TenantId;
    await server.post('/api/v1/tenants', { id: tenant, name: 'Other' });
    const { body } = await server.post('/api/v1/api-tokens', {
      label: 'other',
      role: 'viewer',
      tenants: [tenant],
    });
    const { computers } = (await server.get('/api/v1/overview', { token: body.token })).body;
    expect(computers.imported).toBe(0);
    expect(await counted('imported')).toBe(2);
  });

  it('are nothing for who may see no tenant, whoever has looked before', async () => {
    const { body } = await server.post('/api/v1/api-tokens', { label: 'none', role: 'viewer', tenants: [] });
    expect(await counted('imported')).toBe(2);
    const { computers } = (await server.get('/api/v1/overview', { token: body.token })).body;
    expect(computers.imported).toBe(0);
    expect(await counted('imported')).toBe(2);
  });

  it('are counted each time while nobody tells of changes', async () => {
    await importedComputer(server, 'third', 'site');
    await server.vhost.cutConnections(2);
    await eventually(async () => expect(await counted('imported')).toBe(3), { timeoutMs: 5_000 });
  });
});
