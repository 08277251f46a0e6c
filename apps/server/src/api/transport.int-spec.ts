import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatesFor, type Certificates } from '../../../../tools/peers/certificates.ts';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../testing/test-server.js';

describe('a server with a certificate, behind a proxy', () => {
  let folder: string;
  let certificates: Certificates;
  let server: TestServer;
  let port: number;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'transport-'));
    certificates = certificatesFor(folder, 'server.test', '127.0.0.1');
    server = await startTestServer({
      TLS_CERT: certificates.certificate,
      TLS_KEY: certificates.key,
      PUBLIC_URL: 'https://server.test',
      TRUST_PROXY: '127.0.0.1',
    });
    await server.app.listen(0, '127.0.0.1');
    port = Number(new URL(await server.app.getUrl()).port);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  const over = (ca: string | undefined): Promise<{ status?: number; headers: Record<string, unknown> }> =>
    new Promise((resolve, reject) => {
      const asked = request(
        { host: '127.0.0.1', port, path: '/health/live', ...(ca !== undefined && { ca }) },
        (answer) => {
          answer.resume();
          resolve({
            ...(answer.statusCode !== undefined && { status: answer.statusCode }),
            headers: answer.headers,
          });
        },
      );
      asked.on('error', reject).end();
    });

  it('speaks TLS with the files it was given, and nothing else', async () => {
    const answer = await over(readFileSync(certificates.ca, 'utf8'));
    expect(answer.status).toBe(200);
    expect(answer.headers['strict-transport-security']).toMatch(/max-age=\d+/);
    await expect(over(undefined)).rejects.toThrow(/certificate/);
    await expect(fetch(`http://127.0.0.1:${port}/health/live`)).rejects.toThrow();
  });

  it('says what browsers may do with its answers', async () => {
    const { headers } = await server.get('/api/v1/tenants');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'");
    expect(policy).toMatch(/script-src 'self'(?:;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    const foreign = await server.call('OPTIONS', '/api/v1/tenants', {
      headers: { origin: 'https://evil.test', 'access-control-request-method': 'POST' },
    });
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('gives its cookie to TLS only', async () => {
    const body = { user: 'admin', password: ADMIN_PASSWORD };
    const answer = await server.call('POST', '/api/v1/session', { token: null, body });
    expect(String(answer.headers['set-cookie'])).toMatch(/HttpOnly.*Secure.*SameSite=Strict/);
  });

  it('counts and records callers by the address that its proxy names, each for itself', async () => {
    const from = (address: string, password: string) =>
      server.call('POST', '/api/v1/session', {
        token: null,
        body: { user: 'nobody', password },
        headers: { 'x-forwarded-for': address },
      });
    const guesses: number[] = [];
    for (let guess = 0; guess < 12; guess += 1) guesses.push((await from('203.0.113.7', `${guess}`)).status);
    expect([guesses[0], guesses.at(-1)]).toEqual([401, 429]);
    const body = { user: 'admin', password: ADMIN_PASSWORD };
    const headers = { 'x-forwarded-for': '203.0.113.8' };
    expect((await server.call('POST', '/api/v1/session', { token: null, body, headers })).status).toBe(201);
    const { items } = (await server.get('/api/v1/audit?action=session.login')).body;
    expect(items[0]).toMatchObject({ address: '203.0.113.8' });
  });
});
