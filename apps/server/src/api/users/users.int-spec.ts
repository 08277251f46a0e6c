import { OWNER_TOKEN, startTestServer, type Answer, type TestServer } from '../../../testing/test-server.js';

const PASSWORD = 'a dozen characters';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ LOGIN_LIMIT: '1000' });
  for (const id of ['acme', 'umbrella']) await server.post('/api/v1/tenants', { id, name: id });
});
afterAll(() => server.stop());

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ code }) });

async function made(user: string, role: string, tenants: unknown = 'all'): Promise<string> {
  const answer = await server.post('/api/v1/users', { user, password: PASSWORD, role, tenants });
  expect(answer).toMatchObject({ status: 201, headers: { location: `/api/v1/users/${answer.body.id}` } });
  return answer.body.id;
}

async function loggedIn(user: string, password = PASSWORD): Promise<Record<string, string>> {
  const answer = await server.post('/api/v1/session', { user, password }, { token: null });
  expect(answer.status).toBe(201);
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  return { cookie, 'x-requested-with': 'test' };
}

const as = (headers: Record<string, string>) => ({ token: null, headers });
const logIn = (user: string, password: string): Promise<Answer> =>
  server.post('/api/v1/session', { user, password }, { token: null });

describe('users', () => {
  it('are made, shown without their password, and log in with any case of their name', async () => {
    const id = await made('Anna', 'operator', ['acme']);
    const shown = await server.get(`/api/v1/users/${id}`);
    expect(shown.body).toMatchObject({ user: 'Anna', role: 'operator', tenants: ['acme'], disabled: false });
    expect(shown.text).not.toMatch(/scrypt|dozen/);
    const who = await server.get('/api/v1/session', as(await loggedIn('ANNA')));
    expect(who.body).toEqual({ user: 'Anna', role: 'operator', tenants: ['acme'] });
    expect(
      await server.post('/api/v1/users', {
        user: 'anna',
        password: PASSWORD,
        role: 'viewer',
        tenants: 'all',
      }),
    ).toMatchObject(problem(409, 'DUPLICATE'));
  });

  it('are told every fault at once', async () => {
    const answer = await server.post('/api/v1/users', {
      user: ' ',
      password: 'short',
      role: 'root',
      tenants: 'some',
    });
    expect(answer).toMatchObject(problem(400, 'VALIDATION_FAILED'));
    expect(answer.body.errors.map((fault: { path: string }) => fault.path).toSorted()).toEqual([
      'password',
      'role',
      'tenants',
      'user',
    ]);
    expect(
      await server.post('/api/v1/users', {
        user: 'x',
        password: PASSWORD,
        role: 'viewer',
        tenants: ['none'],
      }),
    ).toMatchObject({ status: 400, body: { errors: [{ path: 'tenants[0]', code: 'unknown' }] } });
  });

  it('are out at once when they are disabled, get a new password, or are deleted', async () => {
    const id = await made('Bert', 'viewer');
    const first = await loggedIn('Bert');
    await server.patch(`/api/v1/users/${id}`, { disabled: true });
    expect(await server.get('/api/v1/session', as(first))).toMatchObject(problem(401, 'UNAUTHENTICATED'));
    expect(await logIn('Bert', PASSWORD)).toMatchObject(problem(401, 'UNAUTHENTICATED'));
    await server.patch(`/api/v1/users/${id}`, { disabled: false, password: 'another dozen' });
    expect(await logIn('Bert', PASSWORD)).toMatchObject(problem(401, 'UNAUTHENTICATED'));
    const second = await loggedIn('Bert', 'another dozen');
    expect(await server.del(`/api/v1/users/${id}`)).toMatchObject({ status: 204 });
    expect(await server.get('/api/v1/session', as(second))).toMatchObject(problem(401, 'UNAUTHENTICATED'));
  });

  it('have a new role from the next request on, and changes of a stale revision are refused', async () => {
    const id = await made('Cleo', 'viewer');
    const session = await loggedIn('Cleo');
    const tenant = { id: 'cleos', name: 'x' };
    expect(await server.post('/api/v1/tenants', tenant, as(session))).toMatchObject(
      problem(403, 'FORBIDDEN'),
    );
    await server.patch(`/api/v1/users/${id}`, { role: 'owner' });
    expect(await server.post('/api/v1/tenants', tenant, as(session))).toMatchObject({ status: 201 });
    const stale = await server.patch(
      `/api/v1/users/${id}`,
      { role: 'viewer' },
      { headers: { 'if-match': '"0"' } },
    );
    expect(stale).toMatchObject(problem(412, 'REVISION_STALE'));
  });

  it('cannot make, see or change anybody who may more than they do', async () => {
    await made('Dora', 'admin', ['acme']);
    const [owner, stranger, own] = [
      await made('Olaf', 'owner', ['acme']),
      await made('Uwe', 'viewer', ['umbrella']),
      await made('Vera', 'viewer', ['acme']),
    ];
    const dora = as(await loggedIn('Dora'));
    const wish = { user: 'new', password: PASSWORD, role: 'viewer' };
    for (const more of [
      { role: 'owner', tenants: ['acme'] },
      { tenants: ['umbrella'] },
      { tenants: ['acme', 'umbrella'] },
      { tenants: ['no-such'] },
      { tenants: 'all' },
    ]) {
      expect(await server.post('/api/v1/users', { ...wish, ...more }, dora)).toMatchObject(
        problem(403, 'FORBIDDEN'),
      );
    }
    for (const id of [owner, stranger, 'no-such']) {
      const path = `/api/v1/users/${id}`;
      expect(await server.get(path, dora)).toMatchObject(problem(404, 'NOT_FOUND'));
      expect(await server.patch(path, { password: PASSWORD }, dora)).toMatchObject(problem(404, 'NOT_FOUND'));
      expect(await server.del(path, dora)).toMatchObject(problem(404, 'NOT_FOUND'));
    }
    const path = `/api/v1/users/${own}`;
    expect(await server.patch(path, { role: 'owner' }, dora)).toMatchObject(problem(403, 'FORBIDDEN'));
    expect(await server.patch(path, { tenants: 'all' }, dora)).toMatchObject(problem(403, 'FORBIDDEN'));
    expect(await server.patch(path, { role: 'operator' }, dora)).toMatchObject({ status: 200 });
    const { body } = await server.get('/api/v1/users', dora);
    expect(body.items.map((one: { user: string }) => one.user)).toEqual(['Anna', 'Dora', 'Vera']);
    expect(body.total).toBe(3);
  });

  it('keep one among them who may do everything', async () => {
    const { body } = await server.get('/api/v1/users?q=admin');
    const [first] = body.items;
    const others = (await server.get('/api/v1/users')).body.items.filter(
      (one: { id: string; role: string; tenants: unknown }) =>
        one.role === 'owner' && one.tenants === 'all' && one.id !== first.id,
    );
    for (const { id } of others) await server.del(`/api/v1/users/${id}`);
    const path = `/api/v1/users/${first.id}`;
    for (const change of [{ role: 'admin' }, { tenants: ['acme'] }, { disabled: true }]) {
      expect(await server.patch(path, change)).toMatchObject(problem(409, 'WRONG_STATE'));
    }
    expect(await server.del(path)).toMatchObject(problem(409, 'WRONG_STATE'));
  });

  it('set their own password, which ends their other sessions only', async () => {
    await made('Emil', 'viewer');
    const [here, there] = [as(await loggedIn('Emil')), as(await loggedIn('Emil'))];
    const set = (current: string, wish: object): Promise<Answer> =>
      server.call('PUT', '/api/v1/session/password', {
        body: { current, password: 'yet another one' },
        ...wish,
      });
    expect(await set('guessed wrongly', here)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'current', code: 'wrong' }] },
    });
    expect(await set(PASSWORD, here)).toMatchObject({ status: 204 });
    expect(await server.get('/api/v1/session', here)).toMatchObject({ status: 200 });
    expect(await server.get('/api/v1/session', there)).toMatchObject({ status: 401 });
    await loggedIn('Emil', 'yet another one');
    expect(await set(PASSWORD, { token: OWNER_TOKEN })).toMatchObject(problem(403, 'FORBIDDEN'));
  });

  it('leave what was done to them in the audit, without passwords', async () => {
    const { body, text } = await server.get('/api/v1/audit?limit=200');
    const actions = body.items.map((entry: { action: string }) => entry.action);
    expect(actions).toEqual(
      expect.arrayContaining(['user.created', 'user.changed', 'user.deleted', 'user.password-changed']),
    );
    expect(text).not.toMatch(/scrypt|dozen|yet another/);
    const changed = body.items.find(
      (entry: { action: string; data: { after?: { role: string } } }) =>
        entry.action === 'user.changed' && entry.data.after?.role === 'owner',
    );
    expect(changed.data).toMatchObject({ before: { role: 'viewer' }, after: { role: 'owner' } });
  });
});

describe('a tenant', () => {
  it('is not deleted while users or tokens are for it: the next one of its name would be theirs', async () => {
    await server.post('/api/v1/tenants', { id: 'short', name: 'x' });
    const user = await made('Fred', 'viewer', ['short']);
    const token = await server.post('/api/v1/api-tokens', { label: 't', role: 'viewer', tenants: ['short'] });
    const refused = await server.del('/api/v1/tenants/short');
    expect(refused).toMatchObject(problem(409, 'WRONG_STATE'));
    expect(refused.body.detail).toMatch(/1 user, 1 API token/);
    await server.del(`/api/v1/users/${user}`);
    await server.del(`/api/v1/api-tokens/${token.body.id}`);
    expect(await server.del('/api/v1/tenants/short')).toMatchObject({ status: 204 });
  });
});
