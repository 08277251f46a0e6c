import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';

jest.setTimeout(180_000);

/** Far more than Node lets wait by itself, and no more than the system allows. */
const CONNECTIONS = Math.min(2_000, Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')));
/** A connection that the system has dropped is tried again after a second. */
const AT_ONCE_MS = 900;

describe('a gateway that has no time right now', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start({});
  });
  afterAll(() => stack?.stop());

  it('loses none of the thousands of DPs that come at once, as after a failure of the network', async () => {
    const [gateway] = stack.gateways;
    const url = new URL(stack.gatewayUrls[0] ?? '');
    let connected = 0;
    const sockets: Socket[] = [];
    gateway?.signal('SIGSTOP');
    try {
      for (let i = 0; i < CONNECTIONS; i += 1) {
        const socket = connect(Number(url.port), url.hostname, () => (connected += 1));
        sockets.push(socket.on('error', () => undefined));
      }
      const started = performance.now();
      await eventually(() => expect(connected).toBe(CONNECTIONS));
      expect(performance.now() - started).toBeLessThan(AT_ONCE_MS);
    } finally {
      gateway?.signal('SIGCONT');
    }
    for (const socket of sockets) socket.write('GET /health/live HTTP/1.1\r\nhost: gateway\r\n\r\n');
    const answers = await Promise.all(
      sockets.map(async (socket) => String((await once(socket, 'data'))[0]).slice(0, 12)),
    );
    for (const socket of sockets) socket.destroy();
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 200']));
  });
});
