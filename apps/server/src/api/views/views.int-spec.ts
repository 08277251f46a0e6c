import { MAX_VIEWS, type Role } from '#domain';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

jest.setTimeout(180_000);

const views = '/api/v1/views';
const own = { list: 'computers', name: 'Broken', filter: { state: 'install-failed' }, sort: '-status' };

describe('saved views', () => {
  let server: TestServer;
  const tokens = new Map<string, string>();
  const as = (name: string) => ({ token: tokens.get(name) ?? '' });
  const names = async (name: string, query = ''): Promise<string[]> =>
    (await server.get(`${views}${query}`, as(name))).body.items.map((one: { name: string }) => one.name);

  beforeAll(async () => {
    server = await startTestServer();
    await server.post('/api/v1/tenants', { id: 'south', name: 'South' });
    const people: [string, Role, string[] | 'all'][] = [
      ['viewer', 'viewer', ['default']],
      ['operator', 'operator', ['default']],
      ['colleague', 'operator', ['default']],
      ['admin', 'admin', ['default']],
      ['south', 'admin', ['south']],
    ];
    for (const [label, role, tenants] of people) {
      tokens.set(label, (await server.post('/api/v1/api-tokens', { label, role, tenants })).body.token);
    }
  }, 120_000);
  afterAll(() => server.stop(), 60_000);

  it('are kept for who saves them, and nobody else sees them', async () => {
    const made = await server.post(views, { ...own, columns: ['state', 'dp'] }, as('viewer'));
    expect(made).toMatchObject({
      status: 201,
      body: { ...own, columns: ['state', 'dp'], tenant: null, own: true, changeable: true, default: false },
    });
    expect(await names('viewer')).toEqual(['Broken']);
    expect(await names('viewer', '?list=orders')).toEqual([]);
    expect(await names('admin')).toEqual([]);
    expect((await server.get(`${views}/${made.body.id}`, as('admin'))).status).toBe(404);
    expect((await server.post(views, own, as('viewer'))).body).toMatchObject({ code: 'DUPLICATE' });
    expect((await server.post(views, own, as('operator'))).status).toBe(201);
  });

  it('are shared by operators, and changed by their owner and by administrators of the tenant', async () => {
    const wish = { ...own, name: 'Ours', tenant: 'default' };
    expect((await server.post(views, wish, as('viewer'))).body.code).toBe('FORBIDDEN');
    expect((await server.post(views, { ...wish, tenant: 'south' }, as('operator'))).body.code).toBe(
      'VALIDATION_FAILED',
    );
    const { id } = (await server.post(views, wish, as('operator'))).body;
    expect(await names('viewer')).toEqual(['Broken', 'Ours']);
    expect(await names('south')).toEqual([]);
    const rename = (who: string, name: string) => server.patch(`${views}/${id}`, { name }, as(who));
    expect((await rename('colleague', 'Mine')).body.code).toBe('FORBIDDEN');
    expect((await server.del(`${views}/${id}`, as('colleague'))).body.code).toBe('FORBIDDEN');
    expect((await rename('south', 'Mine')).status).toBe(404);
    expect((await rename('admin', 'All of us')).body).toMatchObject({ name: 'All of us', own: false });
    expect((await server.patch(`${views}/${id}`, { default: true }, as('admin'))).body.code).toBe(
      'FORBIDDEN',
    );
    expect((await rename('operator', 'Broken')).body.code).toBe('DUPLICATE');
    // a tenant with views is not deleted from under them
    expect((await server.del(`${views}/${id}`, as('admin'))).status).toBe(204);
    expect(await names('viewer')).toEqual(['Broken']);
  });

  it('are changed from what was read only, of two at once by one', async () => {
    const { id, revision } = (await server.post(views, { ...own, name: 'Twice' }, as('viewer'))).body;
    const change = (sort: string) =>
      server.patch(`${views}/${id}`, { sort }, { ...as('viewer'), headers: { 'if-match': `"${revision}"` } });
    const answers = await Promise.all([change('name'), change('-name')]);
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412]);
    expect(answers.find(({ status }) => status === 412)?.body.code).toBe('REVISION_STALE');
  });

  it('open a list by default one at a time', async () => {
    const make = (name: string) =>
      server.post(views, { ...own, list: 'orders', name, default: true }, as('viewer'));
    const first = (await make('First')).body.id;
    const { id } = (await make('Second')).body;
    const defaults = async (): Promise<string[]> =>
      (await server.get(`${views}?list=orders`, as('viewer'))).body.items.flatMap(
        (one: { name: string; default: boolean }) => (one.default ? [one.name] : []),
      );
    expect(await defaults()).toEqual(['Second']);
    // one that is none is taken back, and the other one stays
    await server.patch(`${views}/${first}`, { default: false }, as('viewer'));
    expect(await defaults()).toEqual(['Second']);
    await server.patch(`${views}/${id}`, { default: false }, as('viewer'));
    expect(await defaults()).toEqual([]);
  });

  it.each<[string, object]>([
    ['no list', { ...own, list: 'elsewhere' }],
    ['a name without an end', { ...own, name: 'x'.repeat(101) }],
    ['a filter of other things than texts', { ...own, filter: { state: { $ne: 'x' } } }],
    ['a filter with strange names', { ...own, filter: { $where: 'x' } }],
    ['too long a filter', { ...own, filter: { q: 'x'.repeat(256) } }],
    ['more columns than there are', { ...own, columns: Array.from({ length: 41 }, (_, i) => `c${i}`) }],
  ])('refuse %s', async (_, body) => {
    const answer = await server.post(views, body, as('viewer'));
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  it('have an end for each person', async () => {
    const { total } = (await server.get(views, as('colleague'))).body;
    expect(total).toBe(0);
    for (let made = 0; made < MAX_VIEWS; made += 20) {
      const some = Array.from({ length: 20 }, (_, i) => ({ ...own, name: `${made + i}` }));
      const answers = await Promise.all(some.map((body) => server.post(views, body, as('colleague'))));
      expect(answers.every(({ status }) => status === 201)).toBe(true);
    }
    const answers = await Promise.all(
      ['a', 'b'].map((name) => server.post(views, { ...own, name }, as('colleague'))),
    );
    expect(answers.map(({ body }) => body.code)).toEqual(['WRONG_STATE', 'WRONG_STATE']);
    expect((await server.get(views, as('colleague'))).body.total).toBe(MAX_VIEWS);
  });

  it('go with the user that they were of, but for those that others see', async () => {
    const name = 'leaving';
    const password = 'a long enough password';
    const user = { user: name, password, role: 'operator', tenants: ['default'] };
    const { id } = (await server.post('/api/v1/users', user)).body;
    const login = await server.call('POST', '/api/v1/session', {
      token: null,
      body: { user: name, password },
      headers: { 'x-requested-with': 'test' },
    });
    const headers = {
      cookie: String(login.headers['set-cookie']).split(';')[0] ?? '',
      'x-requested-with': 'test',
    };
    const made = async (body: object): Promise<string> =>
      (await server.post(views, body, { token: null, headers })).body.id;
    const kept = await made({ ...own, name: 'Left behind', tenant: 'default' });
    expect(await made({ ...own, name: 'Private' })).toEqual(expect.any(String));
    expect((await server.del(`/api/v1/users/${id}`)).status).toBe(204);
    expect(await names('viewer')).toContain('Left behind');
    expect((await server.get(`${views}/${kept}`, as('admin'))).body).toMatchObject({
      owner: name,
      changeable: true,
    });
  });
});
