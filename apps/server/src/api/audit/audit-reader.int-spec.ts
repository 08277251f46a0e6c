import type { AuditEntry, Caller, TenantId } from '#domain';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { enabledDp, importedComputer } from '../../../testing/fixtures.js';
import { AuditNames, namesIn } from './audit-names.js';

jest.setTimeout(180_000);

const home = 'default' as TenantId;
const reader: Caller = {
  id: 'token:r',
  name: 'r',
  role: 'admin',
  tenants: [home],
  address: null,
};
const about = (target: string): AuditEntry => ({
  id: target,
  at: new Date(),
  who: null,
  address: null,
  action: 'thing.changed',
  target,
  tenant: 'default',
  data: {},
});

describe('a reader of the audit', () => {
  let server: TestServer;
  const made = async (path: string, body: object): Promise<string> => {
    const answer = await server.post(`/api/v1/${path}`, body);
    expect([path, answer.status, answer.text]).toEqual([path, 201, answer.text]);
    return answer.body.id;
  };

  beforeAll(async () => {
    server = await startTestServer();
    await server.post('/api/v1/tenants', { id: 'south', name: 'South' });
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  it('learns what things are called now only within the own grant', async () => {
    const user = (name: string, role: string, tenants: string[] | 'all') =>
      made('users', { user: name, password: 'a long enough password', role, tenants });
    const account = (tenant: string) =>
      made('accounts', { label: `of ${tenant}`, tenant, username: 'x', password: 'secret', scope: 'all' });
    const seen = [`user:${await user('mine', 'viewer', ['default'])}`, `account:${await account('default')}`];
    const hidden = [
      `user:${await user('far', 'viewer', ['south'])}`,
      `user:${await user('above', 'owner', 'all')}`,
      `account:${await account('south')}`,
    ];
    const entries = [...seen, ...hidden].map(about);
    const names = server.app.get(AuditNames);
    expect([...(await names.of(reader, entries)).values()].toSorted()).toEqual(['mine', 'of default']);
    const owner = { ...reader, role: 'owner', tenants: 'all' } as const;
    expect([...(await names.of(owner, entries)).keys()].toSorted()).toEqual([...seen, ...hidden].toSorted());
  });

  it('learns by name what an entry tells of, and not what is not to be seen', async () => {
    await enabledDp(server, 'north');
    const { id: mine } = await importedComputer(server, 'PC-1', 'north');
    const { id: far } = await importedComputer(server, 'PC-2', null, { tenant: 'south' as TenantId });
    const gone = '01a22ec6-7290-71f3-b87c-0c6b041cb60c';
    const entry = { ...about('x'), data: { ids: [mine, far, gone], after: { more: { computer: mine } } } };
    const names = await server.app.get(AuditNames).of(reader, [entry]);
    expect(namesIn(entry, names)).toEqual({ [mine]: 'PC-1' });
    // an order is called by its computer
    expect((await server.post(`/api/v1/computers/${mine}/probe`, {})).status).toBe(201);
    const [probe] = (await server.get('/api/v1/audit?action=computer.probe')).body.items;
    expect(probe.names).toEqual({ [probe.data.after.order]: 'PC-1' });
  });

  it('sorts what is narrowed by time only', async () => {
    const list = (query: string) => server.get(`/api/v1/audit?${query}`);
    for (const query of ['sort=action', 'sort=-target', 'sort=at&action=user.created', 'sort=-at&who=x'])
      expect([query, (await list(query)).status]).toEqual([query, 200]);
    for (const query of ['sort=target&action=user.created', 'sort=-at,action&since=2026-01-01T00:00:00Z']) {
      expect((await list(query)).body).toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ path: 'sort', code: 'sort' }],
      });
    }
  });
});
