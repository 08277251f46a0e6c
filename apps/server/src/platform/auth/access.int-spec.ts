import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { sha256 } from '#sealing';
import { eventually } from '../../../../../tools/testing/eventually.js';
import {
  ADMIN_PASSWORD,
  OWNER_TOKEN,
  startTestServer,
  type TestServer,
} from '../../../testing/test-server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const problem = (status: number, code: string) => ({
  status,
  body: expect.objectContaining({ status, code }),
});

describe('callers', () => {
  it('are refused without a token, with a wrong one, and with another scheme', async () => {
    const attempts: Record<string, string>[] = [
      {},
      { authorization: 'Bearer rlp_nobody' },
      { authorization: `Basic ${OWNER_TOKEN}` },
    ];
    for (const headers of attempts) {
      const answer = await server.get('/api/v1/tenants', { token: null, headers });
      expect(answer).toMatchObject(problem(401, 'UNAUTHENTICATED'));
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.headers['www-authenticate']).toContain('Bearer');
    }
  });

  it('may do what their role allows and no more', async () => {
    const { body } = await server.post('/api/v1/api-tokens', {
      label: 'eyes',
      role: 'viewer',
      tenants: 'all',
    });
    expect(body.token).toMatch(/^rlp_/);
    expect(await server.get('/api/v1/computers', { token: body.token })).toMatchObject({ status: 200 });
    const refused = await server.post('/api/v1/tenants', { id: 'acme', name: 'Acme' }, { token: body.token });
    expect(refused).toMatchObject(problem(403, 'FORBIDDEN'));
  });

  it('stop being let in when their token is deleted', async () => {
    const made = await server.post('/api/v1/api-tokens', { label: 'short', role: 'viewer', tenants: 'all' });
    expect(made).toMatchObject({ status: 201, headers: { location: `/api/v1/api-tokens/${made.body.id}` } });
    expect(await server.del(`/api/v1/api-tokens/${made.body.id}`)).toMatchObject({ status: 204 });
    expect(await server.get('/api/v1/computers', { token: made.body.token })).toMatchObject({ status: 401 });
    expect((await server.get('/api/v1/api-tokens')).text).not.toContain(made.body.token);
  });
});

describe('the session', () => {
  const login = (password: string) =>
    server.call('POST', '/api/v1/session', { token: null, body: { user: 'admin', password } });
  const cookieOf = (answer: { headers: Record<string, unknown> }) =>
    String(answer.headers['set-cookie']).split(';')[0] ?? '';

  it('begins with the right password, in a cookie that scripts and other sites cannot use', async () => {
    const answer = await login(ADMIN_PASSWORD);
    expect(answer).toMatchObject({ status: 201, body: { user: 'admin', role: 'owner', tenants: 'all' } });
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly.*SameSite=Strict/);
    const cookie = cookieOf(answer);
    expect(await server.get('/api/v1/session', { token: null, headers: { cookie } })).toMatchObject({
      status: 200,
      body: { user: 'admin' },
    });
  });

  it('changes nothing on the word of another site', async () => {
    const cookie = cookieOf(await login(ADMIN_PASSWORD));
    const make = (headers: Record<string, string>) =>
      server.call('POST', '/api/v1/tenants', {
        token: null,
        body: { id: 'forged', name: 'x' },
        headers: { cookie, ...headers },
      });
    expect(await make({})).toMatchObject(problem(403, 'FORBIDDEN'));
    expect(await make({ origin: 'https://evil.test' })).toMatchObject(problem(403, 'FORBIDDEN'));
    expect(await make({ origin: 'http://server.test' })).toMatchObject({ status: 201 });
    expect(await make({ 'x-requested-with': 'console' })).toMatchObject(problem(409, 'DUPLICATE'));
  });

  it('ends by logging out', async () => {
    const cookie = cookieOf(await login(ADMIN_PASSWORD));
    const headers = { cookie, 'x-requested-with': 'console' };
    expect(await server.del('/api/v1/session', { token: null, headers })).toMatchObject({ status: 204 });
    expect(await server.get('/api/v1/session', { token: null, headers })).toMatchObject(
      problem(401, 'UNAUTHENTICATED'),
    );
  });

  it('ends when it was not used for twelve hours, and each use moves that on', async () => {
    const cookie = cookieOf(await login(ADMIN_PASSWORD));
    const show = () => server.get('/api/v1/session', { token: null, headers: { cookie } });
    const sessions = server.app.get<Connection>(getConnectionToken()).db?.collection('sessions');
    const id = sha256(cookie.split('=')[1] ?? '') as never;
    const lastUsed = async (hoursAgo: number): Promise<void> => {
      const lastUsedAt = new Date(Date.now() - hoursAgo * 3_600_000);
      const expiresAt = new Date(lastUsedAt.getTime() + 12 * 3_600_000);
      const set = await sessions?.updateOne({ _id: id }, { $set: { lastUsedAt, expiresAt } });
      expect(set?.matchedCount).toBe(1);
    };
    await lastUsed(11.9);
    expect(await show()).toMatchObject({ status: 200 });
    const noted = await sessions?.findOne({ _id: id });
    expect(noted?.['expiresAt'].getTime()).toBeGreaterThan(Date.now() + 11 * 3_600_000);
    await lastUsed(12.1);
    expect(await show()).toMatchObject(problem(401, 'UNAUTHENTICATED'));
  });

  /** Logins as the administrator that were refused for their password: what one address has left is fewer than what one user has. */
  let refusedLogins = 1;

  it('is not to be had by guessing, neither one by one nor all at once, nor in another case', async () => {
    const guesses = Array.from({ length: 30 }, (_, index) =>
      server.call('POST', '/api/v1/session', {
        token: null,
        body: { user: index % 2 ? 'Somebody' : 'someBody', password: `guess number ${index}` },
      }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    // five, and what the growing delay lets through while a slow machine works on them
    const heard = statuses.filter((status) => status === 401).length;
    expect(heard).toBeGreaterThanOrEqual(5);
    expect(heard).toBeLessThanOrEqual(8);
    expect(statuses.filter((status) => status === 429)).toHaveLength(30 - heard);
    const answers: number[] = [];
    for (let guess = 0; guess < 12; guess += 1) answers.push((await login(`guess number ${guess}`)).status);
    expect(answers[0]).toBe(401);
    refusedLogins = answers.filter((status) => status === 401).length;
    expect(answers.at(-1)).toBe(429);
    expect(await login(ADMIN_PASSWORD)).toMatchObject(problem(429, 'RATE_LIMITED'));
  });

  it('leaves refused logins in the audit, by the user and never by what was typed', async () => {
    const { items } = (await server.get('/api/v1/users')).body;
    const admin = items.find(({ user }: { user: string }) => user === 'admin');
    await eventually(async () => {
      const refused = await server.get('/api/v1/audit?action=session.refused');
      expect(refused.body.items.length).toBeGreaterThanOrEqual(refusedLogins);
      for (const entry of refused.body.items)
        expect(entry).toMatchObject({
          who: null,
          address: expect.any(String),
          target: `user:${admin.id}`,
          data: { reason: 'password' },
        });
      expect(refused.text).not.toMatch(/guess number|somebody/i);
    });
  });
});
