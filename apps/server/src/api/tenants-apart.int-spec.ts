import type { AddressInfo } from 'node:net';
import {
  NO_INVENTORY,
  type ComputerId,
  type Directory,
  type DirectoryId,
  type ImportRow,
  type ImportRunId,
  type OrderId,
  type TenantId,
} from '#domain';
import {
  BrakeRepository,
  ComputerRepository,
  DirectoryRepository,
  ImportRowRepository,
  ImportRunRepository,
  OrderRepository,
} from '#persistence';
import { newId } from '#runtime';
import { eventually } from '../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../testing/fixtures.js';
import { startTestServer, type Answer, type TestServer } from '../../testing/test-server.js';

jest.setTimeout(180_000);

/** Two tenants with the same things; an owner of the one tries everything to learn of the other. */
const [NORTH, SOUTH] = ['north', 'south'] as const;
type Name = typeof NORTH | typeof SOUTH;
/** Ids of one tenant's things, by what they are. */
type Things = Record<
  'computer' | 'gone' | 'order' | 'account' | 'import' | 'directory' | 'brake' | 'dp',
  string
>;

const api = '/api/v1';
let server: TestServer;
let token: string;
let north: Things;
let south: Things;
/** All that must never be heard in the south: north's ids and names. */
let foreign: string[];

const as = (): { token: string } => ({ token });
const told = (text: string): string[] => foreign.filter((mark) => text.includes(mark));

/** One of everything; the names are the same in both tenants but for the tenant's own. */
async function fill(tenant: Name): Promise<Things> {
  const make = async (path: string, body: object): Promise<Answer> => {
    const answer = await server.post(`${api}${path}`, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer;
  };
  await make('/tenants', { id: tenant, name: tenant });
  const dp = `dp-of-${tenant}`;
  await enabledDp(server, dp, tenant);
  const entered = { label: `of-${tenant}`, tenant, username: 'root', password: 'secret', scope: 'all' };
  const account = (await make('/accounts', entered)).body.id as string;
  const computers = ['pc', 'gone'].map((name) =>
    importedComputer(server, `${name}-${tenant}`, dp, { tenant: tenant as TenantId }),
  );
  const [computer, gone] = await Promise.all(computers);
  const released = await make(`/computers/${computer?.id}/release`, { note: `note-${tenant}` });
  await server.del(`${api}/computers/${gone?.id}`);
  const directory: Directory = {
    id: newId() as DirectoryId,
    tenant: tenant as TenantId,
    name: `dir-of-${tenant}`,
    url: 'ldaps://dc.test',
    startTls: false,
    allowPlain: false,
    caPem: null,
    bindDn: 'cn=x',
    sealedPassword: { keyId: 'none', blob: 'none' },
    bases: ['DC=test'],
    filter: null,
    createdAt: new Date(),
    revision: 0,
  };
  await server.app.get(DirectoryRepository).insert(directory);
  const brake = await make('/brakes', { scope: { account }, reason: `because of ${tenant}` });
  return {
    computer: computer?.id ?? '',
    gone: gone?.id ?? '',
    order: released.body.order,
    account,
    import: await previewed(tenant, dp),
    directory: directory.id,
    brake: brake.body.id,
    dp,
  };
}

/** A previewed import with a row that is taken and one that is rejected. */
async function previewed(tenant: Name, dp: string): Promise<string> {
  const part = (name: string, value: string, more = ''): string =>
    `--x\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const file = part('file', `name\r\nrow-of-${tenant}`, `; filename="of-${tenant}.csv"`);
  const answer = await server.call('POST', `${api}/imports`, {
    payload: `${part('source', 'csv')}${part('tenant', tenant)}${part('dp', dp)}${file}--x--\r\n`,
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  const id = answer.body.id as ImportRunId;
  const row = (line: number, fields: Partial<ImportRow>): ImportRow => ({
    id: `${id}:${line}`,
    run: id,
    tenant: tenant as TenantId,
    line,
    verdict: 'new',
    name: `row-of-${tenant}`,
    hostName: `row-of-${tenant}`,
    fqdn: null,
    address: null,
    identity: null,
    dp: null,
    inventory: NO_INVENTORY,
    messages: [],
    warned: false,
    computer: null,
    newComputer: null,
    changes: [],
    outcome: null,
    raw: [`row-of-${tenant}`],
    ...fields,
  });
  const rejected = row(2, {
    verdict: 'rejected',
    messages: [{ code: 'NAME_FORMULA', severity: 'error', text: `no row of-${tenant}` }],
  });
  await server.app.get(ImportRowRepository).insertNew([row(1, {}), rejected]);
  const runs = server.app.get(ImportRunRepository);
  const run = await runs.findById('all', id);
  if (!run || !(await runs.replace({ ...run, state: 'previewed' }))) throw new Error('no run');
  return id;
}

beforeAll(async () => {
  server = await startTestServer();
  await server.app.listen(0, '127.0.0.1');
  await publishedRelease(server, '1.0', Buffer.from('client'));
  await server.patch(`${api}/client-releases/1.0`, { default: true });
  north = await fill(NORTH);
  south = await fill(SOUTH);
  foreign = [...Object.values(north), 'of-north', 'pc-north', 'PC-NORTH', 'GONE-NORTH', 'note-north'];
  const wish = { label: 'south', role: 'owner', tenants: [SOUTH] };
  token = (await server.post(`${api}/api-tokens`, wish)).body.token;
});
afterAll(() => server.stop(), 60_000);

describe('what a tenant sees', () => {
  it('is its own, in every list and count', async () => {
    for (const list of [
      'accounts',
      'brakes',
      'computers',
      'directories',
      'distribution-points',
      'imports',
      'orders',
      'tenants',
    ]) {
      const answer = await server.get(`${api}/${list}`, as());
      // the server's own distribution point is there for everybody
      const count = list === 'distribution-points' ? 2 : 1;
      const seen = [answer.status, answer.body.items.length, told(answer.text)];
      expect([list, ...seen]).toEqual([list, 200, count, []]);
      expect([list, answer.body.total ?? count]).toEqual([list, count]);
      expect(answer.text).not.toContain(NORTH);
      expect((await server.get(`${api}/${list}`)).text).toContain(NORTH);
    }
    expect((await server.get(`${api}/overview`, as())).body).toMatchObject({
      computers: { imported: 0, releasing: 1 },
      distributionPoints: { total: 2, enabled: 1 },
      brakes: 1,
    });
    const { hours } = (await server.get(`${api}/overview/orders-per-hour`, as())).body;
    expect(hours.reduce((sum: number, { made }: { made: number }) => sum + made, 0)).toBe(1);
  });

  it('is its own, whatever is searched and filtered for', async () => {
    const questions = [
      'computers?q=north',
      'computers?q=pc',
      `computers?tenant=${NORTH}`,
      `computers?dp=${north.dp}`,
      `computers?fixedDp=${north.dp}`,
      `computers?import=${north.import}`,
      `orders?tenant=${NORTH}`,
      `orders?dp=${north.dp}`,
      `orders?computer=${north.computer}`,
      `orders?brake=${north.brake}`,
      `distribution-points?q=${north.dp}`,
      `distribution-points?tenant=${NORTH}`,
      `audit?target=computer:${north.computer}`,
      `audit?target=tenant:${NORTH}`,
    ];
    for (const question of questions) {
      const answer = await server.get(`${api}/${question}`, as());
      const seen = (answer.body.items ?? []).filter((one: object) => JSON.stringify(one).includes(NORTH));
      expect([question, answer.status, seen, told(answer.text)]).toEqual([question, 200, [], []]);
    }
    // a page of everybody's list is continued within one's own
    for (const list of ['computers', 'orders', 'audit', 'imports']) {
      const { next } = (await server.get(`${api}/${list}?limit=1`)).body;
      const answer = await server.get(`${api}/${list}?limit=100&after=${encodeURIComponent(next)}`, as());
      expect([list, answer.status, told(answer.text)]).toEqual([list, 200, []]);
    }
  });

  it('is its own in the timelines, also of computers that are gone', async () => {
    for (const what of ['computer', 'gone'] as const) {
      const own = await server.get(`${api}/computers/${south[what]}/timeline`, as());
      expect([what, own.status, own.body.items.length > 0]).toEqual([what, 200, true]);
      const other = await server.get(`${api}/computers/${north[what]}/timeline`, as());
      expect([what, other.status, told(other.text)]).toEqual([what, 404, []]);
    }
  });

  it('is its own in the audit and its exports', async () => {
    for (const path of ['audit?limit=500', 'audit/export.csv', 'audit/export.ndjson']) {
      const answer = await server.get(`${api}/${path}`, as());
      expect([path, answer.status, told(answer.text)]).toEqual([path, 200, []]);
      expect(answer.text).not.toContain(NORTH);
      for (const mark of [south.account, south.dp, south.computer, south.import])
        expect([path, answer.text.includes(mark) ? mark : answer.text]).toEqual([path, mark]);
      expect(told((await server.get(`${api}/${path}`)).text)).not.toEqual([]);
    }
  });

  it('is its own in previews of imports and their rejected rows', async () => {
    for (const path of ['', '/rows', '/rejected.csv']) {
      const own = await server.get(`${api}/imports/${south.import}${path}`, as());
      expect([path, own.status, own.text.includes('of-south')]).toEqual([path, 200, true]);
      const other = await server.get(`${api}/imports/${north.import}${path}`, as());
      expect([path, other.status, told(other.text)]).toEqual([path, 404, []]);
    }
  });

  it('is its own of a distribution point that serves everybody', async () => {
    await enabledDp(server, 'shared', null);
    for (const tenant of [NORTH, NORTH, SOUTH] as const) {
      const computer = await importedComputer(server, `s-${newId().slice(-6)}`, 'shared', {
        tenant: tenant as TenantId,
      });
      const label = { label: newId(), tenant, username: 'root', password: 'secret', scope: 'all' };
      await server.post(`${api}/accounts`, label);
      const released = await server.post(`${api}/computers/${computer.id}/release`, {});
      expect(released.status).toBe(200);
    }
    const path = `${api}/distribution-points/shared`;
    await eventually(
      async () =>
        expect((await server.get(path)).body).toMatchObject({ orders: { open: 3 }, queue: { ready: 3 } }),
      { timeoutMs: 60_000 },
    );
    expect((await server.get(path, as())).body).toMatchObject({ orders: { open: 1 }, queue: null });
    const list = (await server.get(`${api}/distribution-points?q=shared`, as())).body;
    expect(list.items).toMatchObject([{ orders: { open: 1 }, queue: null }]);
    expect((await server.get(`${path}/orders`, as())).body.items).toHaveLength(1);
  });
});

describe('events', () => {
  it('are heard of one’s own things only, live and afterwards', async () => {
    const { port } = server.app.getHttpServer().address() as AddressInfo;
    const listen = async (lastEventId?: string) => {
      const abort = new AbortController();
      const response = await fetch(`http://127.0.0.1:${port}${api}/events`, {
        headers: {
          authorization: `Bearer ${token}`,
          ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
        },
        signal: abort.signal,
      });
      const heard = { text: '', stop: () => abort.abort() };
      const read = async (body: ReadableStream<Uint8Array> | null): Promise<void> => {
        for await (const chunk of body ?? []) heard.text += Buffer.from(chunk).toString();
      };
      read(response.body).catch(() => undefined);
      await eventually(() => expect(heard.text).toMatch(/^id: /m));
      return heard;
    };
    const live = await listen();
    const [, first] = /^id: (.*)$/m.exec(live.text) ?? [];
    /** Everything that is told of changes, in the north first. */
    const change = async (things: Things, note: string): Promise<void> => {
      const patch = (path: string, body: object) => server.patch(`${api}/${path}`, body);
      await patch(`computers/${things.computer}`, { description: note });
      await server.post(`${api}/orders/${things.order}/cancel`);
      await patch(`distribution-points/${things.dp}`, { name: note });
      await server.post(`${api}/imports/${things.import}/discard`);
      await server.post(`${api}/brakes/${things.brake}/lift`, { reason: note });
    };
    await change(north, 'of-north, changed');
    await server.patch(`${api}/distribution-points/shared`, { name: 'Shared, changed' });
    await change(south, 'of-south, changed');
    const all = [south.computer, south.order, south.dp, south.import, south.brake, 'Shared, changed'];
    const isAllThere = (heard: { text: string }) =>
      eventually(() => expect(all.filter((mark) => !heard.text.includes(mark))).toEqual([]), {
        timeoutMs: 60_000,
      });
    await isAllThere(live);
    const later = await listen(first);
    await isAllThere(later);
    for (const heard of [live, later]) {
      expect(told(heard.text)).toEqual([]);
      // how much the others have to do is theirs
      const shared = heard.text.split('\n').find((line) => line.includes('Shared, changed')) ?? '';
      for (const theirs of ['orders', 'queue', 'alerts', 'accountsToEnter', 'machines'])
        expect(JSON.parse(shared.replace(/^data: /, ''))).not.toHaveProperty(theirs);
      heard.stop();
    }
  });
});

describe('a guessed id', () => {
  /** What an answer says, without what the question said. */
  const said = ({ status, body }: Answer, id: string): object => {
    const { code, title, detail, errors } = body;
    return JSON.parse(JSON.stringify({ status, code, title, detail, errors }).replaceAll(id, '<id>'));
  };

  it('is answered as one that nobody has, wherever it stands in a path', async () => {
    const paths: [method: string, path: string, what: keyof Things, body?: object][] = [
      ['GET', 'computers/{}', 'computer'],
      ['GET', 'computers/{}/timeline', 'computer'],
      ['PATCH', 'computers/{}', 'computer', { description: 'x' }],
      ['PATCH', 'computers/{}', 'computer', { dp: 'x' }],
      ['DELETE', 'computers/{}', 'computer'],
      ['POST', 'computers/{}/release', 'computer', {}],
      ['POST', 'computers/{}/reimport', 'computer', { dp: null }],
      ['POST', 'computers/{}/retire', 'computer'],
      ['POST', 'computers/{}/actions', 'computer', { kind: 'restart' }],
      ['GET', 'orders/{}', 'order'],
      ['POST', 'orders/{}/cancel', 'order'],
      ['POST', 'orders/{}/retry', 'order'],
      ['GET', 'accounts/{}', 'account'],
      ['PATCH', 'accounts/{}', 'account', { username: 'x' }],
      ['DELETE', 'accounts/{}', 'account'],
      ['GET', 'directories/{}', 'directory'],
      ['PATCH', 'directories/{}', 'directory', { url: 'ldaps://evil.test' }],
      ['POST', 'directories/{}/test', 'directory'],
      ['GET', 'imports/{}', 'import'],
      ['POST', 'imports/{}/commit', 'import'],
      ['POST', 'imports/{}/undo', 'import'],
      ['GET', 'brakes/{}', 'brake'],
      ['POST', 'brakes/{}/lift', 'brake', { reason: 'x' }],
      ['GET', 'distribution-points/{}', 'dp'],
      ['GET', 'distribution-points/{}/orders', 'dp'],
      ['GET', 'distribution-points/{}/settings', 'dp'],
      ['POST', 'distribution-points/{}/enable', 'dp', {}],
      ['POST', 'distribution-points/{}/join-token', 'dp'],
      ['DELETE', 'distribution-points/{}', 'dp'],
    ];
    for (const [method, path, what, body] of paths) {
      for (const headers of [{}, { 'if-match': '"999"' }] as Record<string, string>[]) {
        const answers = await Promise.all(
          [north[what], what === 'dp' ? 'nobody' : newId()].map(async (id) =>
            said(
              await server.call(method, `${api}/${path.replace('{}', id)}`, {
                ...as(),
                headers,
                ...(body && { body }),
              }),
              id,
            ),
          ),
        );
        expect([method, path, answers[0]]).toEqual([method, path, answers[1]]);
        expect([method, path, answers[0]]).toMatchObject([method, path, { status: 404, code: 'NOT_FOUND' }]);
      }
    }
  });

  it('is answered as one that nobody has, wherever it stands in a body', async () => {
    const account = { label: 'x', username: 'x', password: 'secret' };
    const directory = {
      name: 'x',
      url: 'ldaps://dc.test',
      bindDn: 'cn=x',
      bindPassword: 'secret',
      bases: ['DC=test'],
    };
    const bodies: [path: string, other: string, unknown: string, body: (id: string) => object][] = [
      ['accounts', NORTH, 'nobody', (tenant) => ({ ...account, tenant })],
      ['accounts', north.dp, 'nobody', (dp) => ({ ...account, tenant: SOUTH, scope: { dps: [dp] } })],
      ['brakes', north.account, newId(), (id) => ({ scope: { account: id }, reason: 'x' })],
      ['brakes', north.dp, 'nobody', (dp) => ({ scope: { dp }, reason: 'x' })],
      ['location-rules', north.dp, 'nobody', (dp) => ({ dp, when: { adSite: 'x' } })],
      ['location-rules', NORTH, 'nobody', (tenant) => ({ dp: south.dp, tenant, when: { adSite: 'x' } })],
      ['location-rules/explain', NORTH, 'nobody', (tenant) => ({ tenant, location: { addresses: [] } })],
      ['imports', north.directory, newId(), (id) => ({ source: 'ad', tenant: SOUTH, directory: id })],
      ['imports', NORTH, 'nobody', (tenant) => ({ source: 'ad', tenant, directory: south.directory })],
      [
        'imports',
        north.dp,
        'nobody',
        (dp) => ({ source: 'ad', tenant: SOUTH, directory: south.directory, dp }),
      ],
      ['directories', NORTH, 'nobody', (tenant) => ({ ...directory, tenant })],
      ['distribution-points', NORTH, 'nobody', (tenant) => ({ id: 'new', name: 'x', tenant })],
      [
        'users',
        NORTH,
        'nobody',
        (id) => ({ user: 'x', password: 'long enough it is', role: 'viewer', tenants: [id] }),
      ],
      ['api-tokens', NORTH, 'nobody', (id) => ({ label: 'x', role: 'viewer', tenants: [id] })],
      ['computers/{}/reimport', north.dp, 'nobody', (dp) => ({ dp })],
    ];
    for (const [path, other, unknown, body] of bodies) {
      const at = path.replace('{}', south.computer);
      const [foreignId, nobodys] = [
        await server.post(`${api}/${at}`, body(other), as()),
        await server.post(`${api}/${at}`, body(unknown), as()),
      ];
      expect([path, other, said(foreignId, other)]).toEqual([path, other, said(nobodys, unknown)]);
      expect([path, other, foreignId.status]).toEqual([path, other, expect.any(Number)]);
      expect([400, 403, 404]).toContain(foreignId.status);
    }
  });

  it('gets nobody the answer to another’s request', async () => {
    const wish = { label: 'kept', role: 'viewer', tenants: [SOUTH] };
    const headers = { 'idempotency-key': 'a-key-that-is-guessed' };
    const first = await server.post(`${api}/api-tokens`, wish, { headers });
    const second = await server.post(`${api}/api-tokens`, wish, { headers, ...as() });
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.id).not.toBe(first.body.id);
  });

  it('changes nothing of another’s', async () => {
    // after all that was tried above, but for what its own owner did
    const { app } = server;
    const computer = await app.get(ComputerRepository).findById('all', north.computer as ComputerId);
    expect(computer).toMatchObject({ inventory: { description: 'of-north, changed' } });
    const order = await app.get(OrderRepository).findById('all', north.order as OrderId);
    expect(order).toMatchObject({ state: 'cancelled', retryOf: null });
    for (const [list, id] of [
      ['accounts', north.account],
      ['directories', north.directory],
      ['distribution-points', north.dp],
    ] as const)
      expect([list, (await server.get(`${api}/${list}/${id}`)).status]).toEqual([list, 200]);
    expect((await server.get(`${api}/directories/${north.directory}`)).body.url).toBe('ldaps://dc.test');
    expect(await app.get(BrakeRepository).findById([NORTH as TenantId], north.brake as never)).toMatchObject({
      lifted: { reason: 'of-north, changed' },
    });
  });
});
