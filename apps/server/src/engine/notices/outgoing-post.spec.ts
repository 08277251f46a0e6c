import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { post } from './outgoing-post.js';

const HERE = { names: ['inside.example'], networks: [] };
const NOBODY = { names: [] as string[], networks: [] };

describe('what is posted to an address that somebody entered', () => {
  let asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.socket.localAddress} ${request.headers.host}`);
    response.end('here');
  });
  let port = 0;
  beforeAll(async () => {
    port = await listening(server);
  });
  afterAll(() => closed(server));
  beforeEach(() => {
    asked = [];
  });

  const posted = (url: string, addresses: string[], allowed = NOBODY) => {
    let count = 0;
    const resolve = (): Promise<{ address: string; family: number }[]> => {
      const address = addresses[count] ?? '';
      count += 1;
      return Promise.resolve(
        address.split(' ').map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 })),
      );
    };
    const answer = post({ url: new URL(url), headers: {}, body: '{}', allowed, timeoutMs: 2000, resolve });
    return { answer, count: () => count };
  };

  it('goes to the address that was judged, of a name that leads elsewhere a moment later', async () => {
    const { answer, count } = posted(`http://inside.example:${port}/`, ['127.0.0.1', '127.0.0.2'], HERE);
    expect(await answer).toEqual({ status: 200, text: 'here', retryAfter: 0 });
    expect([count(), asked]).toEqual([1, [`127.0.0.1 inside.example:${port}`]]);
  });

  it.each([
    ['this machine', '127.0.0.1'],
    ['this machine, mapped', '::ffff:127.0.0.1'],
    ['the metadata service', '169.254.169.254'],
    ['one public and one private address', '8.8.8.8 10.0.0.1'],
  ])('goes nowhere when the name leads to %s', async (_, addresses) => {
    const { answer } = posted(`https://outside.example:${port}/`, [addresses]);
    await expect(answer).rejects.toMatchObject({
      outcome: 'ADDRESS_NOT_ALLOWED',
      message: 'outside.example: not an address on the public internet',
    });
    expect(asked).toEqual([]);
  });

  it('ends in time where the name alone took all of it', async () => {
    const timers = jest.spyOn(globalThis, 'setTimeout');
    const resolve = () => {
      const end = performance.now() + 60;
      while (performance.now() < end);
      return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    };
    const url = new URL(`http://inside.example:${port}/`);
    await post({ url, headers: {}, body: '{}', allowed: HERE, timeoutMs: 50, resolve }).catch(
      () => undefined,
    );
    expect(timers.mock.calls.filter(([, ms = 0]) => ms < 0)).toEqual([]);
    timers.mockRestore();
  });

  it('goes by plain HTTP only to hosts that are on the list', async () => {
    const { answer } = posted(`http://outside.example:${port}/`, ['8.8.8.8']);
    await expect(answer).rejects.toMatchObject({ outcome: 'ADDRESS_NOT_ALLOWED' });
  });

  it('needs a certificate of a CA that is trusted, for the name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'outgoing-'));
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '1',
    ];
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    execFileSync('openssl', [...made, ...files, '-subj', '/CN=inside.example'], { stdio: 'ignore' });
    const secure = createTlsServer(
      { key: readFileSync(join(folder, 'key.pem')), cert: readFileSync(join(folder, 'cert.pem')) },
      (_, response) => response.end(),
    );
    const { answer } = posted(`https://inside.example:${await listening(secure)}/`, ['127.0.0.1'], HERE);
    await expect(answer).rejects.toMatchObject({ outcome: 'TLS' });
    await closed(secure);
    rmSync(folder, { recursive: true });
  });
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

async function closed(server: Server): Promise<void> {
  await new Promise((done) => server.close(done));
}
