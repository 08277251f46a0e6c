import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { clientOn } from './directory-client.js';

/** One value in BER, shorter than 128 bytes. */
const ber = (tag: number, ...parts: (Buffer | string)[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from([tag, body.length]), body]);
};
const number = (value: number, tag = 0x02): Buffer => ber(tag, Buffer.from([value]));

/** One page of a search: entries, then the end with the cookie of the next page (RFC 4511, RFC 2696). */
function page(id: number, names: readonly string[], cookie: string): Buffer {
  const entries = names.map((name) => ber(0x30, number(id), ber(0x64, ber(0x04, name), ber(0x30))));
  const value = ber(0x30, number(0), ber(0x04, cookie));
  const control = ber(0x30, ber(0x04, '1.2.840.113556.1.4.319'), ber(0x04, value));
  const done = ber(0x65, number(0, 0x0a), ber(0x04), ber(0x04));
  return Buffer.concat([...entries, ber(0x30, number(id), done, ber(0xa0, control))]);
}

/** The id of a request: the first number of its sequence. */
function idOf(request: Buffer): number {
  const length = request[1] ?? 0;
  const at = length < 0x80 ? 2 : 2 + (length & 0x7f);
  return request[at + 2] ?? 0;
}

describe('the LDAP client', () => {
  let server: Server;
  let connections: Socket[];
  let answer: (id: number, socket: Socket) => void;

  beforeEach(async () => {
    connections = [];
    server = createServer((socket) => {
      connections.push(socket);
      socket.on('data', (request) => answer(idOf(request), socket)).on('error', () => undefined);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    for (const socket of connections) socket.destroy();
    server.close();
  });

  const client = async () => {
    const { port } = server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return clientOn(socket, `ldap://127.0.0.1:${port}`);
  };

  it('goes on behind a page without entries', async () => {
    const pages = [
      { names: ['CN=A'], cookie: 'one' },
      { names: [], cookie: 'two' },
      { names: ['CN=B'], cookie: '' },
    ];
    let next = 0;
    answer = (id, socket) => {
      const { names, cookie } = pages[next++ % pages.length] ?? { names: [], cookie: '' };
      socket.write(page(id, names, cookie));
    };
    const asked = await client();
    const found: string[] = [];
    for await (const { searchEntries } of asked.searchPaginated('DC=x', { paged: { pageSize: 1 } })) {
      found.push(...searchEntries.map(({ dn }) => dn));
    }
    expect(found).toEqual(['CN=A', 'CN=B']);
    const { searchEntries } = await asked.search('DC=x', { paged: { pageSize: 1 } });
    expect(searchEntries.map(({ dn }) => dn)).toEqual(['CN=A', 'CN=B']);
  });

  it('never connects anew by itself, as nobody', async () => {
    answer = (_, socket) => socket.destroy();
    const asked = await client();
    await expect(asked.search('DC=x')).rejects.toThrow(/closed/i);
    await expect(asked.search('DC=x')).rejects.toMatchObject({ name: 'ConnectionLost' });
    expect(connections).toHaveLength(1);
  });
});
