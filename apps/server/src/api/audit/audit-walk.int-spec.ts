import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { OpenAPIObject } from '@nestjs/swagger';
import { newDelivery } from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { DeliveryRepository } from '#persistence';
import { anyFreePort } from '../../../../../tools/peers/ports.ts';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { enabledDp, importedComputer, registeredClient, testDp } from '../../../testing/fixtures.js';
import { claimFor, sendReport, ticketsOf } from '../../../testing/test-gateway.js';
import { sees, signedCheckpoint } from '../../../testing/audit-proofs.js';
import { startTestServer, type Answer, type TestServer } from '../../../testing/test-server.js';

jest.setTimeout(300_000);

/** Stands in every secret that is entered here. */
const SECRET = 'a-word-that-nobody-may-read';

/** What an entry has to tell: of what was made `after`, of what was deleted `before`, of what was changed both. */
type Told = 'made' | 'changed' | 'deleted' | 'done';

interface Entry {
  id: string;
  action: string;
  text: string;
  who: { name: string } | null;
  data: { before?: unknown; after?: unknown };
}

/** Routes that take a method for changes and change nothing that is to be recorded. */
const CHANGE_NOTHING = [
  'POST /api/v1/location-rules/explain',
  'POST /api/v1/assignment-rules/explain',
  'POST /api/v1/imports/{id}/explain-dp',
  'POST /api/v1/directories/{id}/test',
  'POST /api/v1/rollouts/plan',
  // for the client, by its own secret; its timeline has it
  'POST /client/v1/contact',
  'POST /client/v1/register',
];

describe('the audit', () => {
  let server: TestServer;
  let importer: ChildProcess;
  let lastSeen = '';
  const walked = new Set<string>();

  beforeAll(async () => {
    server = await startTestServer();
    const port = await anyFreePort();
    importer = spawn(process.execPath, ['dist/apps/importer/src/main.js'], {
      env: { ...process.env, ...server.environment, PORT: String(port) },
      stdio: 'ignore',
    });
    await eventually(
      async () => {
        if (!(await fetch(`http://127.0.0.1:${port}/health/ready`)).ok) throw new Error('not ready');
      },
      { timeoutMs: 90_000 },
    );
  });
  afterAll(async () => {
    if (importer?.exitCode === null) {
      const ended = once(importer, 'exit');
      importer.kill('SIGKILL');
      await ended;
    }
    await server?.stop();
  });

  /** Calls a route, and looks at the entry that this made. */
  const walk = async (
    told: Told,
    action: string,
    route: string,
    path: string,
    wish: Parameters<TestServer['call']>[2] = {},
  ): Promise<Answer['body']> => {
    const answer = await server.call(route.split(' ')[0] ?? '', `/api/v1${path}`, wish);
    expect([route, answer.status < 300 ? 'done' : answer.text]).toEqual([route, 'done']);
    const { body } = await server.get('/api/v1/audit?limit=20');
    const items = body.items as Entry[];
    const known = items.findIndex(({ id }) => id === lastSeen);
    const fresh = known === -1 ? items : items.slice(0, known);
    const entry = fresh.find((one) => one.action === action);
    lastSeen = items[0]?.id ?? '';
    expect([route, entry?.action, entry?.who?.name]).toEqual([route, action, expect.any(String)]);
    // a sentence, not the action's name
    expect([route, entry?.text]).toEqual([route, expect.not.stringContaining(action)]);
    const { before, after } = entry?.data ?? {};
    const shows = { made: [false, true], changed: [true, true], deleted: [true, false] }[told as 'made'];
    if (told !== 'done') expect([route, isTold(before), isTold(after)]).toEqual([route, ...shows]);
    if (told === 'changed') expect([route, before]).not.toEqual([route, after]);
    walked.add(route.replace(' ', ' /api/v1'));
    return answer.body;
  };
  const upload = (csv: string): Parameters<TestServer['call']>[2] => ({
    payload: [
      ['source', 'csv'],
      ['tenant', 'default'],
      ['dp', 'north'],
    ]
      .map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      .concat(
        `--x\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n${csv}\r\n--x--\r\n`,
      )
      .join(''),
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  const importIs = (id: string, state: string): Promise<void> =>
    eventually(
      async () => expect((await server.get(`/api/v1/imports/${id}`)).body).toMatchObject({ state }),
      { timeoutMs: 60_000 },
    );

  /** The DP of an order takes it, and says that it cannot be done. */
  const fails = async (id: string): Promise<void> => {
    const order = await eventually(
      async () => {
        const { orders } = await claimFor(server, 'east', { tickets: await ticketsOf(server, [id]) });
        expect(orders).toHaveLength(1);
        return orders[0]!.order;
      },
      { timeoutMs: 60_000 },
    );
    await sendReport(server, order, 'east', { state: 'failed', failure: { code: 'DISK_FULL' } });
  };

  it('has what people and tokens change in the installation itself', async () => {
    await walk('made', 'tenant.created', 'POST /tenants', '/tenants', {
      body: { id: 'south', name: 'South' },
    });
    await walk('changed', 'tenant.changed', 'PATCH /tenants/{tenant}', '/tenants/south', {
      body: { name: 'S' },
    });
    await walk('deleted', 'tenant.deleted', 'DELETE /tenants/{tenant}', '/tenants/south');

    const named = { user: 'berta', password: `${SECRET}-1`, role: 'viewer', tenants: ['default'] };
    const user = await walk('made', 'user.created', 'POST /users', '/users', { body: named });
    const operator = { role: 'operator', password: `${SECRET}-2` };
    await walk('changed', 'user.changed', 'PATCH /users/{id}', `/users/${user.id}`, { body: operator });
    const login = { user: 'berta', password: `${SECRET}-2` };
    const opened = await server.call('POST', '/api/v1/session', { token: null, body: login });
    expect(opened.status).toBe(201);
    walked.add('POST /api/v1/session');
    const cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
    await walk('done', 'user.password-changed', 'PUT /session/password', '/session/password', {
      token: null,
      body: { current: `${SECRET}-2`, password: `${SECRET}-3` },
      headers: { cookie, 'x-requested-with': 'test' },
    });
    await walk('done', 'session.logout', 'DELETE /session', '/session', {
      token: null,
      headers: { cookie, 'x-requested-with': 'test' },
    });
    await walk('deleted', 'user.deleted', 'DELETE /users/{id}', `/users/${user.id}`);

    const wish = { label: 'nightly', role: 'viewer', tenants: ['default'] };
    const token = await walk('made', 'api-token.created', 'POST /api-tokens', '/api-tokens', { body: wish });
    await walk('deleted', 'api-token.deleted', 'DELETE /api-tokens/{id}', `/api-tokens/${token.id}`);

    const many = {
      label: 'sites',
      tenant: 'default',
      pattern: 'site-*',
      uses: 40,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    };
    const key = await walk('made', 'join-key.created', 'POST /join-keys', '/join-keys', { body: many });
    await walk('deleted', 'join-key.deleted', 'DELETE /join-keys/{id}', `/join-keys/${key.id}`);

    const settings = { body: { concurrency: 3 } };
    await walk('changed', 'settings.changed', 'PATCH /settings', '/settings', settings);
    const ofTenant = '/tenants/default/settings';
    await walk('changed', 'settings.changed', 'PATCH /tenants/{tenant}/settings', ofTenant, settings);
  });

  it('has what is done to distribution points, releases, accounts and directories', async () => {
    const points = '/distribution-points';
    const dp = testDp(server, 'west');
    const wish = { id: 'west', name: 'West', tenant: 'default' };
    const made = await walk('made', 'dp.created', `POST ${points}`, points, { body: wish });
    const west = `${points}/west`;
    await walk('changed', 'dp.changed', `PATCH ${points}/{dp}`, west, { body: { name: 'Far west' } });
    const again = await walk(
      'changed',
      'dp.join-token',
      `POST ${points}/{dp}/join-token`,
      `${west}/join-token`,
      {
        body: {},
      },
    );
    expect(made.joinToken).not.toBe(again.joinToken);
    await dp.enrol(again.joinToken);
    await walk('changed', 'dp.enabled', `POST ${points}/{dp}/enable`, `${west}/enable`, { body: {} });
    const invited = await walk(
      'changed',
      'dp.machine-invited',
      `POST ${points}/{dp}/machines`,
      `${west}/machines`,
    );
    await testDp(server, 'west').enrol(invited.joinToken);
    const { machines } = (await server.get(`/api/v1${west}`)).body;
    const removed = `DELETE ${points}/{dp}/machines/{machine}`;
    await walk('changed', 'dp.machine-removed', removed, `${west}/machines/${machines[1].id}`);
    const keys = server.app.get(ServerKeys);
    const [had, has] = [20, 19].map((sequence) => signedCheckpoint(keys, { number: 2, sequence }));
    await sees(server, 'west', { had, has });
    const { alerts } = (await server.get(`/api/v1${west}`)).body;
    const heardAt = alerts.find(({ code }: { code: string }) => code === 'AUDIT_CONTRADICTED')?.at;
    await walk('changed', 'dp.audit-accepted', `POST ${points}/{dp}/accept-audit`, `${west}/accept-audit`, {
      body: { heardAt },
    });
    await walk('changed', 'dp.disabled', `POST ${points}/{dp}/disable`, `${west}/disable`, { body: {} });
    const settings = `${west}/settings`;
    await walk('changed', 'settings.changed', `PATCH ${points}/{dp}/settings`, settings, {
      body: { concurrency: 4 },
    });
    await walk('deleted', 'dp.deleted', `DELETE ${points}/{dp}`, west);

    const releases = '/client-releases';
    const first = { version: '1.0', platforms: { linux: { install: './install.sh' } } };
    await walk('made', 'client-release.created', `POST ${releases}`, releases, { body: first });
    const put = `PUT ${releases}/{version}/files/{platform}`;
    await walk('made', 'client-release.file', put, `${releases}/1.0/files/linux`, {
      payload: Buffer.from('client'),
      headers: { 'content-type': 'application/octet-stream', 'x-file-name': 'client.tar.gz' },
    });
    const published = { body: { state: 'published', default: true } };
    await walk(
      'changed',
      'client-release.changed',
      `PATCH ${releases}/{version}`,
      `${releases}/1.0`,
      published,
    );
    await server.post(`/api/v1${releases}`, { ...first, version: '0.9' });
    await walk('deleted', 'client-release.deleted', `DELETE ${releases}/{version}`, `${releases}/0.9`);

    const label = {
      label: 'rollout',
      tenant: 'default',
      username: 'rollout',
      password: SECRET,
      scope: 'all',
    };
    const account = await walk('made', 'account.created', 'POST /accounts', '/accounts', { body: label });
    const one = `/accounts/${account.id}`;
    const changed = { label: 'roll-out', password: `${SECRET}-2` };
    await walk('changed', 'account.changed', 'PATCH /accounts/{id}', one, { body: changed });
    await walk('deleted', 'account.deleted', 'DELETE /accounts/{id}', one);

    const entered = {
      name: 'hq',
      tenant: 'default',
      url: 'ldaps://dc.example.test',
      bindDn: 'svc@example.test',
      bindPassword: SECRET,
      bases: ['DC=example,DC=test'],
    };
    const directory = await walk('made', 'directory.created', 'POST /directories', '/directories', {
      body: entered,
    });
    const place = `/directories/${directory.id}`;
    await walk('changed', 'directory.changed', 'PATCH /directories/{id}', place, { body: { name: 'main' } });
    await walk('made', 'directory.sync-asked', 'POST /directories/{id}/sync', `${place}/sync`, {
      body: { full: true },
    });
    await walk('deleted', 'directory.deleted', 'DELETE /directories/{id}', place);
  });

  it('has what is done to imports, computers and orders', async () => {
    await enabledDp(server, 'north');
    const serverDp = '/api/v1/distribution-points/server';
    await testDp(server, 'server').enrol((await server.post(`${serverDp}/join-token`)).body.joinToken);
    await server.post(`${serverDp}/enable`, {});
    const account = {
      label: 'rollout',
      tenant: 'default',
      username: 'rollout',
      password: SECRET,
      scope: 'all',
    };
    await server.post('/api/v1/accounts', account);

    const run = await walk(
      'made',
      'import.created',
      'POST /imports',
      '/imports',
      upload('Name\nwalk-1\nwalk-2\n'),
    );
    await importIs(run.id, 'previewed');
    const one = `/imports/${run.id}`;
    await walk('changed', 'import.read-asked', 'POST /imports/{id}/read', `${one}/read`, {
      body: { options: {} },
    });
    await importIs(run.id, 'previewed');
    await walk('changed', 'import.commit-asked', 'POST /imports/{id}/commit', `${one}/commit`, {
      body: { withoutDp: 'server' },
    });
    await importIs(run.id, 'committed');
    const profiles = '/import-profiles';
    const kept = await walk('made', 'import-profile.created', `POST ${profiles}`, profiles, {
      body: { name: 'names', run: run.id },
    });
    const profile = `${profiles}/${kept.id}`;
    await walk('changed', 'import-profile.changed', `PATCH ${profiles}/{id}`, profile, {
      body: { name: 'n' },
    });
    await walk('deleted', 'import-profile.deleted', `DELETE ${profiles}/{id}`, profile);
    const view = await walk('made', 'view.created', 'POST /views', '/views', {
      body: { list: 'computers', name: 'mine', filter: { state: 'ready' } },
    });
    await walk('changed', 'view.changed', 'PATCH /views/{id}', `/views/${view.id}`, {
      body: { name: 'ours' },
    });
    await walk('deleted', 'view.deleted', 'DELETE /views/{id}', `/views/${view.id}`);
    await walk('changed', 'import.undo-asked', 'POST /imports/{id}/undo', `${one}/undo`, { body: {} });
    const other = (await server.call('POST', '/api/v1/imports', upload('Name\nwalk-3\n'))).body.id as string;
    await importIs(other, 'previewed');
    await walk('changed', 'import.discard-asked', 'POST /imports/{id}/discard', `/imports/${other}/discard`);
    const alike = await server.call(
      'POST',
      '/api/v1/imports',
      upload('Name;FQDN\nwalk-4;\nwalk-4;walk-4.south.test\n'),
    );
    await importIs(alike.body.id, 'previewed');
    const decide = `/imports/${alike.body.id}/decide`;
    await walk('changed', 'import.decided', 'POST /imports/{id}/decide', decide, {
      body: { decision: 'other' },
    });

    const computers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) => importedComputer(server, name, 'north')),
    );
    const [a, b, , d] = computers.map(({ id }) => `/computers/${id}`);
    await walk('changed', 'computer.edited', 'PATCH /computers/{id}', a!, {
      body: { description: 'front desk' },
    });
    await walk('made', 'computer.probe', 'POST /computers/{id}/probe', `${a}/probe`, { body: {} });
    const released = await walk('made', 'computer.released', 'POST /computers/{id}/release', `${b}/release`, {
      body: {},
    });
    const many = { body: { computers: [computers[2]!.id] } };
    const results = await walk(
      'made',
      'computers.released',
      'POST /computers/release',
      '/computers/release',
      many,
    );
    const [first, second] = [released.order, results.results[0].order] as string[];
    const ofOne = await server.get(`/api/v1/audit?target=computer:${computers[2]!.id}`);
    expect(ofOne.body.items).toMatchObject([
      { action: 'computers.released', target: 'computers', data: { count: 1, ids: [computers[2]!.id] } },
    ]);
    await walk('changed', 'order.cancel', 'POST /orders/{id}/cancel', `/orders/${first}/cancel`);
    await walk('changed', 'order.retry', 'POST /orders/{id}/retry', `/orders/${first}/retry`);
    await walk('changed', 'orders.cancel', 'POST /orders/cancel', '/orders/cancel', {
      body: { orders: [second] },
    });
    await walk('changed', 'orders.retry', 'POST /orders/retry', '/orders/retry', {
      body: { orders: [second] },
    });
    const reimported = { body: { dp: null } };
    await walk(
      'changed',
      'computer.reimported',
      'POST /computers/{id}/reimport',
      `${d}/reimport`,
      reimported,
    );
    const gone = { body: { computers: [computers[2]!.id], force: true } };
    await walk('deleted', 'computer.deleted', 'POST /computers/delete', '/computers/delete', gone);
    await walk('deleted', 'computer.deleted', 'DELETE /computers/{id}', `${b}?force=true`);

    const client = await registeredClient(server, await importedComputer(server, 'e', 'north'));
    const e = `/computers/${client.computer}`;
    await client.contact({});
    await walk('made', 'computer.restart', 'POST /computers/{id}/actions', `${e}/actions`, {
      body: { kind: 'restart' },
    });
    const retired = await registeredClient(server, await importedComputer(server, 'f', 'north'));
    const f = `/computers/${retired.computer}`;
    await walk('changed', 'computer.retired', 'POST /computers/{id}/retire', `${f}/retire`, { body: {} });
  });

  it('has what people do with rollouts', async () => {
    await enabledDp(server, 'east');
    // an account that is entered now can be opened by it
    const account = { label: 'east', tenant: 'default', username: 'east', password: SECRET, scope: 'all' };
    await server.post('/api/v1/accounts', account);
    const computers = await Promise.all(
      ['g', 'h', 'i', 'j'].map((name) => importedComputer(server, name, 'east')),
    );
    const ids = computers.map(({ id }) => id);
    const of = '/rollouts';
    const startAt = new Date(Date.now() + 3_600_000).toISOString();
    const waves = [
      { computers: [ids[0]], gate: 'person' },
      { computers: [ids[1]], gate: 'person' },
    ];
    const { id } = await walk('made', 'rollout.created', `POST ${of}`, of, {
      body: { name: 'next', computers: ids, waves, startAt, stops: [] },
    });
    const control = (action: string, what: string, body: object = {}): Promise<Answer['body']> =>
      walk('changed', action, `POST ${of}/{id}/${what}`, `${of}/${id}/${what}`, { body });
    await control('rollout.moved', 'move', { computers: [ids[2]], wave: 1 });
    await control('rollout.skipped', 'skip', { computers: [ids[3]] });
    await control('rollout.shifted', 'shift', { startAt: null });
    const underWay = await eventually(
      async () => {
        const { items } = (await server.get(`/api/v1/rollouts/${id}/members?state=started`)).body;
        expect(items).toHaveLength(1);
        return items[0].order as string;
      },
      { timeoutMs: 60_000 },
    );
    await control('rollout.paused', 'pause', { note: 'lunch' });
    await control('rollout.resumed', 'resume');
    await control('rollout.wave-begun', 'next-wave');
    await fails(underWay);
    await eventually(
      async () => expect((await server.get(`/api/v1/rollouts/${id}`)).body.counts).toMatchObject({ bad: 1 }),
      { timeoutMs: 60_000 },
    );
    const retry = `${of}/${id}/retry-failed`;
    await walk('made', 'rollout.created', `POST ${of}/{id}/retry-failed`, retry, { body: {} });
    await control('rollout.aborted', 'abort', { note: 'no good' });
  });

  it('has who is told of notices, and what is sent again', async () => {
    const targets = '/notification-targets';
    const wish = { tenant: 'default', name: 'chat', format: 'slack', kinds: ['dp-back'] };
    const made = await walk('made', 'notification-target.created', `POST ${targets}`, targets, {
      body: { ...wish, url: `https://10.0.0.1/${SECRET}` },
    });
    const one = `${targets}/${made.id}`;
    await walk('changed', 'notification-target.changed', `PATCH ${targets}/{id}`, one, {
      body: { enabled: false, url: `https://10.0.0.1/${SECRET}-2` },
    });
    const rotate = `POST ${targets}/{id}/rotate-secret`;
    await walk('done', 'notification-target.secret-changed', rotate, `${one}/rotate-secret`);
    const tried = await walk(
      'done',
      'notification-target.tested',
      `POST ${targets}/{id}/test`,
      `${one}/test`,
    );
    expect(tried).toMatchObject({ outcome: 'ADDRESS_NOT_ALLOWED' });
    const sent = { id: 'd-1', channel: 'webhook', target: made.id as string, tenant: null } as const;
    const delivery = newDelivery({ ...sent, notices: [], kinds: [], dueAt: new Date() }, new Date());
    await server.app.get(DeliveryRepository).insert({ ...delivery, state: 'failed', endedAt: new Date() });
    const again = 'POST /notification-deliveries/{id}/resend';
    await walk('changed', 'delivery.resent', again, '/notification-deliveries/d-1/resend');
    const tenants = 'PATCH /tenants/{tenant}/notifications';
    const daily = { body: { dailyAt: '06:30' } };
    await walk('changed', 'notifications.changed', tenants, '/tenants/default/notifications', daily);
    const named = { user: 'told', password: `${SECRET}-3`, role: 'viewer', tenants: ['default'] };
    await server.post('/api/v1/users', named);
    const login = { user: named.user, password: named.password };
    const { headers } = await server.call('POST', '/api/v1/session', { token: null, body: login });
    const cookie = String(headers['set-cookie']).split(';')[0] ?? '';
    const own = { token: null, headers: { cookie, 'x-requested-with': 'test' } };
    const mine = '/me/notifications';
    await walk('changed', 'notifications.changed', `PATCH ${mine}`, mine, {
      ...own,
      body: { email: 'told@example.test', mail: { 'dp-back': 'off' } },
    });
    await walk('done', 'notifications.tested', `POST ${mine}/test`, `${mine}/test`, own);
    await walk('deleted', 'notification-target.deleted', `DELETE ${targets}/{id}`, one);
  });

  it('has brakes, location rules and dead letters', async () => {
    const braked = { scope: { dp: 'north' }, reason: 'line under repair' };
    const brake = await walk('made', 'brake.opened', 'POST /brakes', '/brakes', { body: braked });
    const lift = { body: { reason: 'repaired' } };
    await walk('changed', 'brake.lifted', 'POST /brakes/{id}/lift', `/brakes/${brake.id}/lift`, lift);

    const rules = '/location-rules';
    const wish = { dp: 'north', tenant: 'default', when: { dnsSuffix: 'north.test' } };
    const rule = await walk('made', 'location-rule.created', `POST ${rules}`, rules, { body: wish });
    const one = `${rules}/${rule.id}`;
    await walk('changed', 'location-rule.changed', `PATCH ${rules}/{id}`, one, { body: { priority: 7 } });

    const assign = '/assignment-rules';
    const copied = await walk(
      'made',
      'assignment-rule.created',
      `POST ${assign}/from-location-rule`,
      `${assign}/from-location-rule`,
      {
        body: { locationRule: rule.id, name: 'North' },
      },
    );
    await walk('deleted', 'location-rule.deleted', `DELETE ${rules}/{id}`, one);
    const chosen = `${assign}/${copied.id}`;
    await walk(
      'made',
      'location-rule.created',
      `POST ${assign}/{id}/location-rule`,
      `${chosen}/location-rule`,
    );
    const further = { tenant: 'default', name: 'Rest', target: 'reject', when: { name: '*' } };
    const rest = await walk('made', 'assignment-rule.created', `POST ${assign}`, assign, { body: further });
    const order = { tenant: 'default', rules: [rest.id, copied.id] };
    await walk('done', 'assignment-rules.ordered', `POST ${assign}/order`, `${assign}/order`, {
      body: order,
    });
    await walk('changed', 'assignment-rule.changed', `PATCH ${assign}/{id}`, chosen, { body: { name: 'N' } });
    await walk('deleted', 'assignment-rule.deleted', `DELETE ${assign}/{id}`, chosen);

    const parked = (): Promise<string> =>
      eventually(async () => {
        const { body } = await server.get('/api/v1/dead-letters');
        expect(body.total).toBe(1);
        return body.items[0].id as string;
      });
    await server.app.get(EventSender).send(QUEUES.status, 'report', { v: 1, nonsense: SECRET });
    const replay = `/dead-letters/${await parked()}/replay`;
    await walk('done', 'dead-letter.replayed', 'POST /dead-letters/{id}/replay', replay, { body: {} });
    const letter = `/dead-letters/${await parked()}`;
    await walk('deleted', 'dead-letter.discarded', 'DELETE /dead-letters/{id}', letter);
  });

  it('was looked at for every route that changes something: add a new one here', async () => {
    const document = (await server.get('/api/v1/openapi.json')).body as OpenAPIObject;
    const changing = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...walked, ...CHANGE_NOTHING].toSorted()).toEqual(changing.toSorted());
  });

  it('holds no secret, and nobody can change it', async () => {
    const { text } = await server.get('/api/v1/audit/export.ndjson');
    expect(text.split('\n').length).toBeGreaterThan(60);
    expect(text).not.toContain(SECRET);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
      expect((await server.call(method, `/api/v1/audit/${lastSeen}`, { body: {} })).status).toBe(404);
      expect((await server.call(method, '/api/v1/audit', { body: {} })).status).toBe(405);
    }
  });
});

function isTold(value: unknown): boolean {
  return value !== null && value !== undefined;
}
