import {
  enabledDp,
  importedComputer,
  publishedRelease,
  registeredClient,
  type TestClient,
} from '../../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../../testing/test-server.js';

const RULES = '/api/v1/location-rules';
const MUNICH = { addresses: ['10.1.0.7/24'] };
const BERLIN = { addresses: ['10.2.0.7/24'] };
const ELSEWHERE = { addresses: ['192.0.2.7/24'] };

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const id of ['munich', 'berlin']) await enabledDp(server, id);
  await enabledDp(server, 'shared', null);
  await server.post('/api/v1/tenants', { id: 'other', name: 'Other' });
  await server.post('/api/v1/accounts', { label: 'a', tenant: 'default', username: 'root', password: 'p' });
  await publishedRelease(server, '1.0.0', Buffer.from('client'));
  await server.patch('/api/v1/client-releases/1.0.0', { default: true });
}, 60_000);
afterAll(() => server.stop());

const create = (dp: string, when: unknown, fields: object = {}) =>
  server.post(RULES, { dp, tenant: 'default', when, ...fields });

const all = async () => (await server.get(`${RULES}?limit=500`)).body.items as { id: string }[];

describe('a location rule', () => {
  afterEach(async () => {
    for (const { id } of await all()) await server.del(`${RULES}/${id}`);
  });

  it('is created, listed, changed and deleted', async () => {
    const made = await create('munich', { addressIn: '10.1.0.0/16' }, { priority: 3, name: 'Munich LAN' });
    expect(made).toMatchObject({
      status: 201,
      headers: { location: `${RULES}/${made.body.id}` },
      body: {
        dp: 'munich',
        tenant: 'default',
        priority: 3,
        name: 'Munich LAN',
        when: { addressIn: '10.1.0.0/16' },
      },
    });
    const path = `${RULES}/${made.body.id}`;
    expect(await server.get(`${RULES}?dp=munich&q=lan`)).toMatchObject({ body: { total: 1, next: null } });
    expect(await server.get(`${RULES}?dp=berlin`)).toMatchObject({ body: { total: 0 } });
    const stale = { headers: { 'if-match': '"7"' } };
    expect(await server.patch(path, { priority: 4 }, stale)).toMatchObject({
      status: 412,
      body: { code: 'REVISION_STALE' },
    });
    const when = { all: [{ addressIn: '10.1.0.0/16' }, { not: { adSite: 'Guests' } }] };
    expect(await server.patch(path, { priority: 4, when, name: null })).toMatchObject({
      status: 200,
      body: { priority: 4, when, name: null, dp: 'munich', revision: made.body.revision + 1 },
    });
    expect(await server.del(path)).toMatchObject({ status: 204 });
    expect(await server.get(path)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    const audit = await server.get('/api/v1/audit?limit=20');
    expect(audit.body.items.map((one: { action: string }) => one.action)).toEqual(
      expect.arrayContaining(['location-rule.created', 'location-rule.changed', 'location-rule.deleted']),
    );
  });

  it('takes the tenant of its DP when none is named', async () => {
    expect(await server.post(RULES, { dp: 'munich', when: { adSite: 'M' } })).toMatchObject({
      status: 201,
      body: { tenant: 'default' },
    });
    expect(await server.post(RULES, { dp: 'shared', when: { adSite: 'M' } })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'tenant', code: 'required' }] },
    });
  });

  it('is refused with every fault of it', async () => {
    const when = { all: [{ addressIn: '10.1.2.3/16' }, { gatewayMac: 'x' }, { host: 'y' }] };
    expect(await create('nowhere', when)).toMatchObject({
      status: 400,
      body: {
        code: 'VALIDATION_FAILED',
        errors: [
          { path: 'dp', code: 'unknown' },
          { path: 'when.all[0].addressIn', code: 'format' },
          { path: 'when.all[1].gatewayMac', code: 'format' },
          { path: 'when.all[2].host', code: 'unknown-field' },
        ],
      },
    });
    expect(await create('munich', { adSite: 'M' }, { tenant: 'other' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'dp' }] },
    });
    expect(await create('munich', 'everywhere', { priority: 1.5, extra: 1 })).toMatchObject({
      status: 400,
      body: { errors: [expect.anything(), expect.anything(), expect.anything()] },
    });
    const made = await create('munich', { adSite: 'M' });
    expect(await server.patch(`${RULES}/${made.body.id}`, { when: {} })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'when' }] },
    });
  });

  it('keeps its tenant from being deleted, and goes with its DP', async () => {
    await enabledDp(server, 'leaving', null);
    await server.post('/api/v1/tenants', { id: 'small', name: 'Small' });
    await create('leaving', { adSite: 'S' }, { tenant: 'small' });
    expect(await server.del('/api/v1/tenants/small')).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE', detail: expect.stringContaining('1 location rule;') },
    });
    expect(await server.del('/api/v1/distribution-points/leaving')).toMatchObject({ status: 204 });
    expect(await all()).toEqual([]);
    expect(await server.del('/api/v1/tenants/small')).toMatchObject({ status: 204 });
  });

  it('is not seen by those who may not see its tenant', async () => {
    const made = await create('munich', { adSite: 'M' });
    const made2 = await server.post('/api/v1/api-tokens', { label: 't', role: 'admin', tenants: ['other'] });
    const { token } = made2.body;
    expect(await server.get(RULES, { token })).toMatchObject({ body: { total: 0 } });
    expect(await server.get(`${RULES}/${made.body.id}`, { token })).toMatchObject({ status: 404 });
    expect(await server.del(`${RULES}/${made.body.id}`, { token })).toMatchObject({ status: 404 });
    const explain = { tenant: 'default', location: MUNICH };
    expect(await server.post(`${RULES}/explain`, explain, { token })).toMatchObject({ status: 400 });
  });

  it('explains itself', async () => {
    const wide = await create('berlin', { addressIn: '10.0.0.0/8' });
    const narrow = await create('munich', {
      all: [{ addressIn: '10.1.0.0/16' }, { not: { adSite: 'Guests' } }],
    });
    const explain = (location: object, fields: object = {}) =>
      server.post(`${RULES}/explain`, { tenant: 'default', location, ...fields });
    expect(await explain(MUNICH)).toMatchObject({
      status: 200,
      body: { winner: { rule: narrow.body.id, dp: 'munich' }, why: 'NETWORK' },
    });
    expect((await explain({ ...MUNICH, adSite: 'guests' })).body).toMatchObject({
      winner: { rule: wide.body.id, dp: 'berlin' },
      why: 'ONLY_MATCH',
      rules: [
        { rule: wide.body.id, matched: true, serves: true, failed: null },
        {
          rule: narrow.body.id,
          matched: false,
          failed: { path: 'when.all[1].not.adSite', text: 'the AD site is guests' },
        },
      ],
    });
    expect((await explain(ELSEWHERE, { dp: 'munich' })).body).toMatchObject({
      winner: null,
      why: 'NO_MATCH',
    });
    expect(await explain({ addresses: 'x' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'location.addresses' }] },
    });
  });

  it('shows which rules of different DPs overlap, with an example', async () => {
    await create('munich', { addressIn: '10.1.0.0/16' });
    await create('berlin', { addressIn: '10.0.0.0/8' }, { priority: 1 });
    await create('berlin', { addressIn: '192.0.2.0/24' });
    const overlaps = await server.get(`${RULES}/overlaps?tenant=default`);
    expect(overlaps).toMatchObject({
      status: 200,
      body: {
        total: 1,
        items: [
          {
            address: '10.1.0.1',
            winner: 'berlin',
            why: 'PRIORITY',
            rules: [{ dp: 'berlin' }, { dp: 'munich' }],
          },
        ],
      },
    });
    expect(await server.get(`${RULES}/overlaps?tenant=other`)).toMatchObject({ body: { total: 0 } });
  });
});

describe('a registered client (R10)', () => {
  let client: TestClient;
  let rule: string;
  beforeAll(async () => {
    rule = (await create('munich', { addressIn: '10.1.0.0/16' })).body.id;
    await create('berlin', { addressIn: '10.2.0.0/16' });
    client = await registeredClient(server, await importedComputer(server, 'rover', 'berlin'), MUNICH);
  });

  const assigned = async () => (await server.get(`/api/v1/computers/${client.computer}`)).body.dp;

  it('is assigned at its registration, which ends the fixed assignment', async () => {
    expect(client.registered.dp).toBe('munich');
    expect(await assigned()).toMatchObject({ fixed: null, assigned: 'munich' });
    const timeline = await server.get(`/api/v1/computers/${client.computer}/timeline`);
    expect(timeline.body.items).toContainEqual(
      expect.objectContaining({ kind: 'dp-assigned', dp: 'munich', data: { rule, why: 'ONLY_MATCH' } }),
    );
  });

  it('moves with the second contact in a row that says so, not with one', async () => {
    expect((await client.contact(BERLIN)).dp).toBe('munich');
    expect((await client.contact(MUNICH)).dp).toBe('munich');
    expect((await client.contact(BERLIN)).dp).toBe('munich');
    expect((await client.contact(BERLIN)).dp).toBe('berlin');
    expect(await assigned()).toMatchObject({ assigned: 'berlin' });
  });

  it('moves at once when its DP is disabled, and talks to the server when nothing matches twice', async () => {
    await server.post('/api/v1/distribution-points/berlin/disable');
    expect((await client.contact(MUNICH)).dp).toBe('munich');
    expect((await client.contact(ELSEWHERE)).dp).toBe('munich');
    expect((await client.contact(ELSEWHERE)).dp).toBeNull();
    await server.post('/api/v1/distribution-points/berlin/enable', {});
    expect((await client.contact(BERLIN)).dp).toBeNull();
    expect((await client.contact(BERLIN)).dp).toBe('berlin');
  });

  it('cannot be given another DP by hand', async () => {
    expect(await server.patch(`/api/v1/computers/${client.computer}`, { dp: 'munich' })).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE', detail: expect.stringContaining('location rules') },
    });
  });
});
