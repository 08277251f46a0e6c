import type { AuditEntry, Caller, TenantId } from '#domain';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';
import { AuditNames } from './audit-names.js';

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
