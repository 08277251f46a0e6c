import { once } from 'node:events';
import { connect } from 'node:net';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

describe('what never reaches a route', () => {
  let server: TestServer;
  let port: number;

  beforeAll(async () => {
    server = await startTestServer({ PUBLIC_URL: 'https://behind-a-proxy.test' });
    await server.app.listen(0, '127.0.0.1');
    port = Number(new URL(await server.app.getUrl()).port);
  }, 60_000);
  afterAll(() => server?.stop());

  /** All that comes back for these bytes, until the server closes or the answer is whole. */
  const said = async (bytes: string): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (/\r\n\r\n\{.*\}$/s.test(text)) socket.destroy();
    });
    socket.write(bytes);
    await once(socket, 'close');
    return text;
  };
  const request = (line: string, ...headers: string[]): string =>
    `${[line, ...headers].join('\r\n')}\r\n\r\n`;

  it.each([
    ['something that is not HTTP', 'hello\r\n\r\n', 400, 'VALIDATION_FAILED'],
    ['a method that nobody knows', request('BREW /pot HTTP/1.1', 'host: x'), 400, 'VALIDATION_FAILED'],
    ['two lengths', request('POST / HTTP/1.1', 'host: x', 'content-length: 1', 'content-length: 2'), 400, ''],
    [
      'headers without end',
      request('GET / HTTP/1.1', 'host: x', `x: ${'y'.repeat(70_000)}`),
      431,
      'HEADERS_TOO',
    ],
    ['no host', request('GET /api/v1/tenants HTTP/1.1'), 400, 'VALIDATION_FAILED'],
    ['an address that cannot be decoded', request('GET /api/v1/%ff HTTP/1.1', 'host: x'), 404, 'NOT_FOUND'],
    [
      'an id longer than any',
      request(`GET /api/v1/computers/${'x'.repeat(3000)} HTTP/1.1`, 'host: x'),
      404,
      'NOT_FOUND',
    ],
  ])('is answered with a problem: %s', async (_, bytes, status, code) => {
    const text = await said(bytes);
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toMatch(/content-type: application\/problem\+json; charset=utf-8\r\n/i);
    expect(text).toContain(`"status":${status}`);
    expect(text).toContain(`"code":"${code}`);
  });

  it('is answered in German to those who ask for it', async () => {
    expect(await said(request('GET /api/v1/%ff HTTP/1.1', 'host: x', 'accept-language: de'))).toContain(
      'Unter dieser Adresse ist nichts.',
    );
  });

  it('does not fail for an expectation that nobody knows', async () => {
    const text = await said(request('GET /health/live HTTP/1.1', 'host: x', 'expect: the-unexpected'));
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('tells browsers to come by TLS only, when that is how the server is reached', async () => {
    const { headers } = await server.get('/health/live');
    expect(headers['strict-transport-security']).toMatch(/max-age=\d+/);
  });
});
