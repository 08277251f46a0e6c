import type { AddressInfo } from 'node:net';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../../testing/fixtures.js';
import { OWNER_TOKEN, startTestServer, type TestServer } from '../../../testing/test-server.js';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  await server.app.listen(0, '127.0.0.1');
  base = `http://127.0.0.1:${(server.app.getHttpServer().address() as AddressInfo).port}`;
});
afterAll(() => server.stop());

interface Heard {
  event: string;
  id: string;
  data: { id?: string; description?: string; deleted?: boolean };
}

interface Listener {
  heard: Heard[];
  /** The id to resume from. */
  lastId: () => string;
  stop: () => void;
}

async function listen(options: { token?: string; lastEventId?: string } = {}): Promise<Listener> {
  const abort = new AbortController();
  const response = await fetch(`${base}/api/v1/events`, {
    headers: {
      authorization: `Bearer ${options.token ?? OWNER_TOKEN}`,
      ...(options.lastEventId !== undefined && { 'last-event-id': options.lastEventId }),
    },
    signal: abort.signal,
  });
  if (response.headers.get('content-type') !== 'text/event-stream; charset=utf-8' || !response.body) {
    throw new Error(`no stream: ${response.status}`);
  }
  const heard: Heard[] = [];
  let lastId = '';
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let text = '';
    for await (const chunk of body) {
      text += Buffer.from(chunk).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
        lastId = field('id') ?? lastId;
        const data = field('data');
        if (data !== undefined)
          heard.push({ event: field('event') ?? '', id: lastId, data: JSON.parse(data) });
      }
    }
  };
  read(response.body).catch(() => undefined);
  await eventually(() => expect(lastId).not.toBe(''));
  return { heard, lastId: () => lastId, stop: () => abort.abort() };
}

const rename = (id: string, description: string) => server.patch(`/api/v1/computers/${id}`, { description });
const said = (listener: Listener, id: string) =>
  listener.heard.filter(({ event, data }) => event === 'computer' && data.id === id);

describe('the event stream', () => {
  it('tells what changed, as the list shows it, many changes of one thing at once', async () => {
    const listener = await listen();
    const { id } = await importedComputer(server, 'pc-1', null);
    for (let change = 0; change < 5; change += 1) await rename(id, `change ${change}`);
    await eventually(() =>
      expect(said(listener, id).at(-1)).toMatchObject({ data: { inventory: { description: 'change 4' } } }),
    );
    expect(said(listener, id).length).toBeLessThan(5);
    await enabledDp(server, 'munich');
    await eventually(() =>
      expect(listener.heard).toContainEqual(
        expect.objectContaining({
          event: 'dp',
          data: expect.objectContaining({ id: 'munich', state: 'enabled' }),
        }),
      ),
    );
    await server.del(`/api/v1/computers/${id}`);
    await eventually(() => expect(said(listener, id).at(-1)).toMatchObject({ data: { deleted: true } }));
    listener.stop();
  });

  it('goes on where the listener was', async () => {
    const { id } = await importedComputer(server, 'pc-2', null);
    const first = await listen();
    await rename(id, 'heard');
    await eventually(() => expect(said(first, id)).toHaveLength(1));
    first.stop();
    await rename(id, 'missed');
    const witness = await listen();
    await rename(id, 'also missed');
    await eventually(() =>
      expect(said(witness, id).at(-1)).toMatchObject({ data: { inventory: { description: 'also missed' } } }),
    );
    witness.stop();
    const second = await listen({ lastEventId: first.lastId() });
    await eventually(() =>
      expect(said(second, id).at(-1)).toMatchObject({ data: { inventory: { description: 'also missed' } } }),
    );
    expect(second.heard.some(({ event }) => event === 'reload')).toBe(false);
    second.stop();
  });

  it('tells a listener to reload when nobody knows any more what it missed', async () => {
    const listener = await listen({ lastEventId: 'another-server-17' });
    await eventually(() => expect(listener.heard).toMatchObject([{ event: 'reload' }]));
    listener.stop();
  });

  it('keeps tenants apart', async () => {
    await server.post('/api/v1/tenants', { id: 'acme', name: 'Acme' });
    const { token } = (
      await server.post('/api/v1/api-tokens', { label: 'a', role: 'viewer', tenants: ['acme'] })
    ).body;
    const [all, acme] = [await listen(), await listen({ token })];
    const foreign = await importedComputer(server, 'pc-3', null);
    const own = await importedComputer(server, 'pc-4', null, { tenant: 'acme' as never });
    await rename(foreign.id, 'x');
    await rename(own.id, 'y');
    await eventually(() => expect(said(acme, own.id)).toHaveLength(1));
    await eventually(() => expect(said(all, foreign.id)).toHaveLength(1));
    expect(said(acme, foreign.id)).toEqual([]);
    all.stop();
    acme.stop();
  });

  it('tells of a new order, which nobody has fetched yet', async () => {
    await enabledDp(server, 'paris');
    await publishedRelease(server, '1.0', Buffer.from('sound'));
    await server.patch('/api/v1/client-releases/1.0', { default: true });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await server.post('/api/v1/accounts', account);
    const { id } = await importedComputer(server, 'pc-new-order', 'paris');
    const listener = await listen();
    const { body } = await server.post(`/api/v1/computers/${id}/release`, {});
    const data = expect.objectContaining({ id: body.order, state: 'queued' });
    await eventually(() =>
      expect(listener.heard).toContainEqual(expect.objectContaining({ event: 'order', data })),
    );
    listener.stop();
  });

  it('does not hold up the stop of the server', async () => {
    await listen();
    const began = Date.now();
    await server.app.close();
    expect(Date.now() - began).toBeLessThan(5000);
  });
});
