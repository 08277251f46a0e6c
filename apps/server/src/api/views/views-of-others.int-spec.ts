import { type Caller, type SavedView, type TenantId } from '#domain';
import { ApiTokenRepository, AuditRepository, SavedViewRepository } from '#persistence';
import { newId } from '#runtime';
import { expectServerErrors } from '../../../../../tools/testing/server-errors.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { type ViewInput, ViewsService } from './views.service.js';

jest.setTimeout(180_000);

const home = 'default' as TenantId;
const south = 'south' as TenantId;
const input: ViewInput & Pick<SavedView, 'list'> = {
  list: 'computers',
  name: 'Broken',
  filter: [{ name: 'q', value: 'of mine' }],
  sort: null,
  columns: [],
  tenant: null,
  isDefault: false,
};
const caller = (name: string, fields: Partial<Caller> = {}): Caller => ({
  id: `token:${name}`,
  name,
  role: 'operator',
  tenants: [home, south],
  address: null,
  ...fields,
});

describe('saved views that others see, or do not', () => {
  let server: TestServer;
  let service: ViewsService;
  let views: SavedViewRepository;

  const make = (by: Caller, fields: Partial<typeof input> = {}) =>
    service.create(by, { ...input, ...fields }, { id: newId(), since: null });
  const names = async (of: Caller): Promise<string[]> =>
    (await views.visible(of, undefined)).map(({ name }) => name);
  const entriesOf = async (id: string) => {
    const { items } = await server.app
      .get(AuditRepository)
      .list('all', { target: `view:${id}` }, { limit: 50 });
    return items.toReversed().map(({ action, tenant, data }) => ({ action, tenant, data }));
  };

  beforeAll(async () => {
    server = await startTestServer();
    await server.post('/api/v1/tenants', { id: south, name: 'South' });
    service = server.app.get(ViewsService);
    views = server.app.get(SavedViewRepository);
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  it('are out of sight for an owner who has lost their tenant, and count no more', async () => {
    const before = caller('moving');
    const { id } = await make(before, { tenant: south });
    await make(before, { name: 'Private' });
    expect(await names(before)).toEqual(['Broken', 'Private']);
    const now = { ...before, tenants: [home] };
    expect(await names(now)).toEqual(['Private']);
    await expect(service.get(now, id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // nor is its name told
    await expect(make(now, { tenant: home })).resolves.toMatchObject({ name: 'Broken' });
    expect(await views.ofOwner(now, now.id)).toHaveLength(2);
  });

  it('go with the API token that they were of, but for those that others see', async () => {
    const wish = { label: 'leaving', role: 'operator', tenants: [home] };
    const { id, token } = (await server.post('/api/v1/api-tokens', wish)).body;
    const body = { list: 'computers', filter: {} };
    await server.post('/api/v1/views', { ...body, name: 'Private' }, { token });
    await server.post('/api/v1/views', { ...body, name: 'Left behind', tenant: home }, { token });
    const owner = caller(id);
    expect(await views.ofOwner(owner, owner.id)).toHaveLength(2);
    expect((await server.del(`/api/v1/api-tokens/${id}`)).status).toBe(204);
    expect((await views.ofOwner(owner, owner.id)).map(({ name }) => name)).toEqual(['Left behind']);
  });

  it('go with their API token when its deletion was cut off between the two, and is done again', async () => {
    const wish = { label: 'cut off', role: 'operator', tenants: [home] };
    const { id, token } = (await server.post('/api/v1/api-tokens', wish)).body;
    await server.post('/api/v1/views', { list: 'computers', filter: {}, name: 'Private' }, { token });
    const owner = caller(id);
    expectServerErrors(500);
    const cuts = [
      jest.spyOn(server.app.get(SavedViewRepository), 'removePrivateOf'),
      jest.spyOn(server.app.get(ApiTokenRepository), 'remove'),
    ];
    for (const cut of cuts) {
      cut.mockRejectedValueOnce(new Error('the process has died'));
      expect((await server.del(`/api/v1/api-tokens/${id}`)).status).toBe(500);
    }
    expect((await server.del(`/api/v1/api-tokens/${id}`)).status).toBe(204);
    expect(await views.ofOwner(owner, owner.id)).toEqual([]);
  });

  it('are told to each tenant as far as they are its own', async () => {
    const by = caller('mover');
    const { id } = await make(by, { tenant: home });
    await service.change(by, id, { tenant: south, name: 'Of the south' }, null);
    await service.change(by, id, { tenant: null, name: 'Mine' }, null);
    const part = (name: string, tenant: string | null) => expect.objectContaining({ name, tenant });
    expect(await entriesOf(id)).toEqual([
      { action: 'view.created', tenant: home, data: { after: part('Broken', home) } },
      { action: 'view.changed', tenant: home, data: { before: part('Broken', home) } },
      { action: 'view.changed', tenant: south, data: { after: part('Of the south', south) } },
      { action: 'view.changed', tenant: south, data: { before: part('Of the south', south) } },
      { action: 'view.changed', tenant: null, data: { after: part('Mine', null) } },
    ]);
  });

  it('are finished by the repeat of a creation that a crash has cut off', async () => {
    const by = caller('crashed');
    const old = await make(by, { name: 'Old', isDefault: true });
    const at = new Date(Date.now() + 1);
    const cutOff = { ...old, id: newId(), name: 'New', defaultSince: at, createdAt: at, changedAt: at };
    expect(await views.insert({ ...cutOff, revision: 0 })).toBe(true);
    const wish = { ...input, name: 'New', isDefault: true };
    const again = await service.create(by, wish, { id: cutOff.id, since: at });
    expect(again).toMatchObject({ id: cutOff.id, name: 'New' });
    expect((await views.defaultsOf(by.id, 'computers')).map(({ name }) => name)).toEqual(['New']);
    expect(await entriesOf(cutOff.id)).toMatchObject([{ action: 'view.created' }]);
  });

  it('are renamed by administrators without telling what else their owner has', async () => {
    const by = caller('secretive');
    const admin = caller('curious', { role: 'admin' });
    await make(by, { name: 'Secret' });
    await make(by, { name: 'Known', tenant: home });
    const { id } = await make(by, { name: 'Shared', tenant: home });
    const rename = (who: Caller, name: string) => service.change(who, id, { name }, null);
    await expect(rename(admin, 'Known')).rejects.toMatchObject({ code: 'DUPLICATE' });
    await expect(rename(by, 'Secret')).rejects.toMatchObject({ code: 'DUPLICATE' });
    expect(await rename(admin, 'Secret')).toMatchObject({ name: 'Secret', tenant: home });
  });
});
