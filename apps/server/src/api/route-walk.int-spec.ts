import type { OpenAPIObject } from '@nestjs/swagger';
import {
  newDelivery,
  ROLES,
  type Directory,
  type DirectoryId,
  type ImportProfile,
  type ImportProfileId,
  type Role,
  type TenantId,
} from '#domain';
import { DeliveryRepository, DirectoryRepository, ImportProfileRepository } from '#persistence';
import { newId } from '#runtime';
import { eventually } from '../../../../tools/testing/eventually.js';
import { enabledDp, importedComputer, publishedRelease } from '../../testing/fixtures.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

/** The least role that each route takes, written down once more on purpose: what is served is compared with it. */
const ROUTES = {
  public: ['POST /api/v1/session', 'POST /client/v1/contact', 'POST /client/v1/register'],
  viewer: [
    'GET /api/v1/accounts',
    'GET /api/v1/accounts/{id}',
    'GET /api/v1/brakes',
    'GET /api/v1/brakes/{id}',
    'GET /api/v1/client-releases',
    'GET /api/v1/client-releases/{version}',
    'GET /api/v1/computers',
    'GET /api/v1/computers/export.csv',
    'GET /api/v1/computers/{id}',
    'GET /api/v1/computers/{id}/timeline',
    'GET /api/v1/directories',
    'GET /api/v1/directories/{id}',
    'GET /api/v1/directories/{id}/sync',
    'GET /api/v1/distribution-points',
    'GET /api/v1/distribution-points/{dp}',
    'GET /api/v1/distribution-points/{dp}/orders',
    'GET /api/v1/distribution-points/{dp}/overview',
    'GET /api/v1/distribution-points/{dp}/settings',
    'GET /api/v1/events',
    'GET /api/v1/imports',
    'GET /api/v1/imports/{id}',
    'GET /api/v1/imports/{id}/rejected.csv',
    'GET /api/v1/imports/{id}/rows',
    'GET /api/v1/imports/{id}/values',
    'POST /api/v1/imports/{id}/explain-dp',
    'GET /api/v1/import-profiles',
    'GET /api/v1/import-profiles/{id}',
    'GET /api/v1/assignment-rules',
    'POST /api/v1/assignment-rules/explain',
    'GET /api/v1/assignment-rules/overlaps',
    'GET /api/v1/assignment-rules/{id}',
    'GET /api/v1/location-rules',
    'POST /api/v1/location-rules/explain',
    'GET /api/v1/location-rules/overlaps',
    'GET /api/v1/location-rules/{id}',
    'GET /api/v1/me/notifications',
    'PATCH /api/v1/me/notifications',
    'POST /api/v1/me/notifications/test',
    'GET /api/v1/orders',
    'GET /api/v1/views',
    'POST /api/v1/views',
    'GET /api/v1/views/{id}',
    'PATCH /api/v1/views/{id}',
    'DELETE /api/v1/views/{id}',
    'GET /api/v1/orders/{id}',
    'GET /api/v1/overview',
    'GET /api/v1/overview/orders-per-hour',
    'DELETE /api/v1/session',
    'GET /api/v1/session',
    'PUT /api/v1/session/password',
    'GET /api/v1/rollouts',
    'GET /api/v1/rollouts/{id}',
    'GET /api/v1/rollouts/{id}/members',
    'GET /api/v1/rollouts/{id}/report.csv',
    'GET /api/v1/settings',
    'GET /api/v1/tenants',
    'GET /api/v1/tenants/{tenant}',
    'GET /api/v1/tenants/{tenant}/notifications',
    'GET /api/v1/tenants/{tenant}/settings',
  ],
  operator: [
    'POST /api/v1/brakes',
    'POST /api/v1/brakes/{id}/lift',
    'POST /api/v1/computers/delete',
    'POST /api/v1/computers/release',
    'DELETE /api/v1/computers/{id}',
    'PATCH /api/v1/computers/{id}',
    'POST /api/v1/computers/{id}/actions',
    'POST /api/v1/computers/{id}/probe',
    'POST /api/v1/computers/{id}/reimport',
    'POST /api/v1/computers/{id}/release',
    'POST /api/v1/computers/{id}/retire',
    'POST /api/v1/directories/{id}/sync',
    'POST /api/v1/imports',
    'POST /api/v1/imports/{id}/commit',
    'POST /api/v1/imports/{id}/decide',
    'POST /api/v1/imports/{id}/discard',
    'POST /api/v1/imports/{id}/read',
    'POST /api/v1/imports/{id}/undo',
    'POST /api/v1/import-profiles',
    'DELETE /api/v1/import-profiles/{id}',
    'PATCH /api/v1/import-profiles/{id}',
    'POST /api/v1/orders/cancel',
    'POST /api/v1/orders/retry',
    'POST /api/v1/orders/{id}/cancel',
    'POST /api/v1/orders/{id}/retry',
    'POST /api/v1/rollouts',
    'POST /api/v1/rollouts/plan',
    'POST /api/v1/rollouts/{id}/abort',
    'POST /api/v1/rollouts/{id}/move',
    'POST /api/v1/rollouts/{id}/next-wave',
    'POST /api/v1/rollouts/{id}/pause',
    'POST /api/v1/rollouts/{id}/resume',
    'POST /api/v1/rollouts/{id}/retry-failed',
    'POST /api/v1/rollouts/{id}/shift',
    'POST /api/v1/rollouts/{id}/skip',
  ],
  admin: [
    'POST /api/v1/accounts',
    'DELETE /api/v1/accounts/{id}',
    'PATCH /api/v1/accounts/{id}',
    'GET /api/v1/api-tokens',
    'POST /api/v1/api-tokens',
    'DELETE /api/v1/api-tokens/{id}',
    'GET /api/v1/audit',
    'GET /api/v1/audit/export.csv',
    'GET /api/v1/audit/export.ndjson',
    'POST /api/v1/client-releases',
    'DELETE /api/v1/client-releases/{version}',
    'PATCH /api/v1/client-releases/{version}',
    'PUT /api/v1/client-releases/{version}/files/{platform}',
    'GET /api/v1/dead-letters',
    'DELETE /api/v1/dead-letters/{id}',
    'POST /api/v1/dead-letters/{id}/replay',
    'POST /api/v1/directories',
    'DELETE /api/v1/directories/{id}',
    'PATCH /api/v1/directories/{id}',
    'POST /api/v1/directories/{id}/test',
    'POST /api/v1/distribution-points',
    'DELETE /api/v1/distribution-points/{dp}',
    'PATCH /api/v1/distribution-points/{dp}',
    'POST /api/v1/distribution-points/{dp}/accept-audit',
    'POST /api/v1/distribution-points/{dp}/disable',
    'POST /api/v1/distribution-points/{dp}/enable',
    'POST /api/v1/distribution-points/{dp}/join-token',
    'POST /api/v1/distribution-points/{dp}/machines',
    'DELETE /api/v1/distribution-points/{dp}/machines/{machine}',
    'PATCH /api/v1/distribution-points/{dp}/settings',
    'POST /api/v1/assignment-rules',
    'POST /api/v1/assignment-rules/from-location-rule',
    'POST /api/v1/assignment-rules/order',
    'DELETE /api/v1/assignment-rules/{id}',
    'PATCH /api/v1/assignment-rules/{id}',
    'POST /api/v1/assignment-rules/{id}/location-rule',
    'GET /api/v1/join-keys',
    'POST /api/v1/join-keys',
    'DELETE /api/v1/join-keys/{id}',
    'GET /api/v1/join-keys/{id}',
    'POST /api/v1/location-rules',
    'DELETE /api/v1/location-rules/{id}',
    'PATCH /api/v1/location-rules/{id}',
    'GET /api/v1/notification-deliveries',
    'GET /api/v1/notification-deliveries/{id}',
    'POST /api/v1/notification-deliveries/{id}/resend',
    'GET /api/v1/notification-targets',
    'POST /api/v1/notification-targets',
    'DELETE /api/v1/notification-targets/{id}',
    'GET /api/v1/notification-targets/{id}',
    'PATCH /api/v1/notification-targets/{id}',
    'POST /api/v1/notification-targets/{id}/rotate-secret',
    'POST /api/v1/notification-targets/{id}/test',
    'PATCH /api/v1/tenants/{tenant}/notifications',
    'PATCH /api/v1/tenants/{tenant}/settings',
    'GET /api/v1/users',
    'POST /api/v1/users',
    'DELETE /api/v1/users/{id}',
    'GET /api/v1/users/{id}',
    'PATCH /api/v1/users/{id}',
  ],
  owner: [
    'PATCH /api/v1/settings',
    'POST /api/v1/tenants',
    'DELETE /api/v1/tenants/{tenant}',
    'PATCH /api/v1/tenants/{tenant}',
  ],
} as const satisfies Record<Role | 'public', readonly string[]>;

/** A body that each route with an object takes, so that nothing is refused before the object is looked for. */
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /api/v1/users/{id}': { role: 'viewer' },
  'PATCH /api/v1/tenants/{tenant}': { name: 'x' },
  'PATCH /api/v1/distribution-points/{dp}': { name: 'x' },
  'POST /api/v1/distribution-points/{dp}/accept-audit': { heardAt: '2026-01-01T00:00:00.000Z' },
  'POST /api/v1/distribution-points/{dp}/enable': {},
  'PATCH /api/v1/distribution-points/{dp}/settings': { concurrency: 2 },
  'PATCH /api/v1/tenants/{tenant}/settings': { concurrency: 2 },
  'PATCH /api/v1/tenants/{tenant}/notifications': { dailyAt: '08:00' },
  'PATCH /api/v1/location-rules/{id}': { priority: 1 },
  'PATCH /api/v1/notification-targets/{id}': { enabled: false },
  'PATCH /api/v1/assignment-rules/{id}': { position: 1 },
  'PATCH /api/v1/import-profiles/{id}': { name: 'x' },
  'PATCH /api/v1/views/{id}': { name: 'x' },
  'POST /api/v1/imports/{id}/explain-dp': { row: 1 },
  'POST /api/v1/imports/{id}/decide': { decision: 'same' },
  'PATCH /api/v1/accounts/{id}': { label: 'x' },
  'POST /api/v1/computers/{id}/actions': { kind: 'probe' },
  'POST /api/v1/computers/{id}/release': {},
  'PATCH /api/v1/computers/{id}': { description: 'x' },
  'POST /api/v1/computers/{id}/reimport': { dp: null },
  'PATCH /api/v1/directories/{id}': { name: 'x' },
  'POST /api/v1/imports/{id}/read': { options: {} },
  'POST /api/v1/brakes/{id}/lift': { reason: 'x' },
  'POST /api/v1/rollouts/{id}/move': { computers: ['x'], wave: 0 },
  'POST /api/v1/rollouts/{id}/shift': { startAt: null },
  'POST /api/v1/rollouts/{id}/skip': { wave: 0 },
};

/** Objects that belong to no tenant: only those who see all tenants have them, or everybody has. */
const WITHOUT_TENANT = ['/api/v1/client-releases/', '/api/v1/dead-letters/'];

/** Never ends while it may be listened to, so it is only called by those who may not. */
const STREAM = 'GET /api/v1/events';
/** Stands in everything that another tenant has. */
const MARK = 'walled-off';

describe('every route of the API', () => {
  let server: TestServer;
  let served: string[];
  const tokens = new Map<string, string>();

  const token = async (label: string, role: Role, tenants: 'all' | string[], more = {}): Promise<string> => {
    const made = await server.post('/api/v1/api-tokens', { label, role, tenants, ...more });
    if (made.status !== 201) throw new Error(made.text);
    tokens.set(label, made.body.token);
    return made.body.id;
  };
  const call = (route: string, as: string | null, ids: Readonly<Record<string, string>> = {}) => {
    const [method = '', path = ''] = route.split(' ');
    const parts = path.split('/');
    const url = parts.map((part, index) =>
      part.startsWith('{') ? (ids[parts[index - 1] ?? ''] ?? 'none') : part,
    );
    const body = BODIES[route];
    return server.call(method, url.join('/'), { token: as, ...(body && { body }) });
  };
  const routesFrom = (role: Role): readonly string[] =>
    ROLES.filter((one) => ROLES.indexOf(one) <= ROLES.indexOf(role)).flatMap((one) => ROUTES[one]);

  beforeAll(async () => {
    server = await startTestServer();
    const document = (await server.get('/api/v1/openapi.json')).body as OpenAPIObject;
    served = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    for (const role of ROLES) await token(role, role, 'all');
    await token('expired', 'owner', 'all', { expiresAt: new Date(Date.now() + 1500).toISOString() });
    await server.del(`/api/v1/api-tokens/${await token('deleted', 'owner', 'all')}`);
    await eventually(
      async () => {
        if ((await call('GET /api/v1/session', tokens.get('expired') ?? '')).status !== 401)
          throw new Error('still valid');
      },
      { timeoutMs: 30_000 },
    );
  }, 180_000);
  afterAll(() => server.stop(), 60_000);

  it('is written down here with the least role that it takes: add a new one', () => {
    expect(Object.values(ROUTES).flat().toSorted()).toEqual(served.toSorted());
  });

  it('refuses callers without a token, and with one that is wrong, deleted or expired', async () => {
    const bad = [null, `rlp_${'nobody'.repeat(8)}`, tokens.get('deleted') ?? '', tokens.get('expired') ?? ''];
    const letIn: string[] = [];
    for (const route of served) {
      if ((ROUTES.public as readonly string[]).includes(route)) continue;
      for (const [index, as] of bad.entries()) {
        const { status, body } = await call(route, as);
        if (status !== 401 || body.code !== 'UNAUTHENTICATED') letIn.push(`${route} ${index}: ${status}`);
      }
    }
    expect(letIn).toEqual([]);
  }, 300_000);

  it.each(ROLES)(
    'lets the role %s do what it may, and nothing else',
    async (role) => {
      const wrong: string[] = [];
      const allowed = routesFrom(role);
      for (const route of served) {
        if ((ROUTES.public as readonly string[]).includes(route)) continue;
        const may = allowed.includes(route);
        // logging out an API token does nothing; the stream would never end
        if (may && route === STREAM) continue;
        const { status } = await call(route, tokens.get(role) ?? '');
        if (may ? status === 401 || status === 403 || status >= 500 : status !== 403)
          wrong.push(`${route}: ${status}`);
      }
      expect(wrong).toEqual([]);
    },
    300_000,
  );

  it('tells nothing of another tenant, not even that something is there', async () => {
    const ids = await foreignObjects(server);
    await token('neighbour', 'owner', ['default']);
    const as = tokens.get('neighbour') ?? '';
    const wrong: string[] = [];
    for (const route of served.filter((one) => one.includes('{'))) {
      if (WITHOUT_TENANT.some((path) => route.includes(path))) continue;
      const { status, text } = await call(route, as, ids);
      if (status !== 404 || text.includes(MARK)) wrong.push(`${route}: ${status} ${text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);

    const telling: string[] = [];
    for (const route of served.filter(
      (one) => one.startsWith('GET ') && !one.includes('{') && one !== STREAM,
    )) {
      const { text } = await call(route, as);
      const found = [MARK, ...Object.values(ids)].filter((mark) => text.includes(mark));
      if (found.length > 0) telling.push(`${route}: ${found.join(', ')}`);
      const q = await server.get(`${route.split(' ')[1]}?q=${MARK}`, { token: as });
      if (q.status === 200 && q.body.total > 0) telling.push(`${route}?q: ${q.body.total}`);
    }
    expect(telling).toEqual([]);
    // the same ids are there for those who may see them
    for (const [list, id] of Object.entries(ids)) {
      expect([list, (await server.get(`/api/v1/${list}/${id}`)).status]).toEqual([
        list,
        list === 'api-tokens' ? 405 : 200,
      ]);
    }
    // in bulk every foreign one is answered like one that does not exist
    const bulk = [
      ['/computers/release', { computers: [ids['computers'], 'none'] }],
      ['/computers/delete', { computers: [ids['computers'], 'none'] }],
      ['/orders/cancel', { orders: [ids['orders'], 'none'] }],
      ['/orders/retry', { orders: [ids['orders'], 'none'] }],
    ] as const;
    for (const [path, body] of bulk) {
      const { results } = (await server.post(`/api/v1${path}`, body, { token: as })).body;
      const [foreign, missing] = results.map(({ code, message }: Record<string, string>) => ({
        code,
        message,
      }));
      expect([path, foreign]).toEqual([path, missing]);
      expect(foreign.code).toBe('NOT_FOUND');
    }
  }, 300_000);
});

/** One of everything that belongs to a tenant, by the name of its list. */
async function foreignObjects(server: TestServer): Promise<Record<string, string>> {
  const make = async (path: string, body: object): Promise<string> => {
    const answer = await server.post(`/api/v1/${path}`, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
    return answer.body.id;
  };
  await make('tenants', { id: MARK, name: MARK });
  await enabledDp(server, `dp-${MARK}`, MARK);
  await publishedRelease(server, '1.0', Buffer.from('client'));
  await server.patch('/api/v1/client-releases/1.0', { default: true });
  const account = { label: MARK, tenant: MARK, username: MARK, password: 'p', order: 1, scope: 'all' };
  const accounts = await make('accounts', account);
  const computer = await importedComputer(server, `pc-${MARK}`, `dp-${MARK}`, { tenant: MARK as TenantId });
  const released = await server.post('/api/v1/computers/release', { computers: [computer.id] });
  const { order } = released.body.results[0];
  const later = await importedComputer(server, `later-${MARK}`, `dp-${MARK}`, { tenant: MARK as TenantId });
  const startAt = new Date(Date.now() + 86_400_000).toISOString();
  const rollouts = await make('rollouts', { name: MARK, computers: [later.id], startAt });
  const form = [
    ...[
      ['source', 'csv'],
      ['tenant', MARK],
      ['dp', `dp-${MARK}`],
    ].map(([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    `--x\r\ncontent-disposition: form-data; name="file"; filename="${MARK}.csv"\r\ncontent-type: text/csv\r\n\r\nname\n${MARK}\n\r\n--x--\r\n`,
  ].join('');
  const imported = await server.call('POST', '/api/v1/imports', {
    payload: form,
    headers: { 'content-type': 'multipart/form-data; boundary=x' },
  });
  if (imported.status !== 202) throw new Error(imported.text);
  // by the store, because only an importer can seal its password
  const directory: Directory = {
    id: newId() as DirectoryId,
    tenant: MARK as TenantId,
    name: MARK,
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
  const webhook = {
    tenant: MARK,
    name: MARK,
    url: 'https://hooks.test/',
    format: 'slack',
    kinds: ['dp-back'],
  };
  const target = await make('notification-targets', webhook);
  // by the store, because nothing has happened that is told
  const sent = {
    id: newId(),
    channel: 'webhook',
    target,
    tenant: MARK as TenantId,
    dueAt: new Date(),
  } as const;
  const delivery = {
    ...newDelivery({ ...sent, notices: [], kinds: [] }, new Date()),
    state: 'failed',
  } as const;
  await server.app.get(DeliveryRepository).insert(delivery);
  const profile: ImportProfile = {
    id: newId() as ImportProfileId,
    tenant: MARK as TenantId,
    name: MARK,
    shape: MARK,
    headers: [MARK],
    columns: {},
    mapping: null,
    dpFromColumn: null,
    withoutDp: null,
    createdAt: new Date(),
    changedAt: new Date(),
    revision: 0,
  };
  await server.app.get(ImportProfileRepository).insert(profile);
  const user = { user: MARK, password: 'a long enough password', role: 'viewer', tenants: [MARK] };
  return {
    tenants: MARK,
    'distribution-points': `dp-${MARK}`,
    accounts,
    computers: computer.id,
    orders: order,
    rollouts,
    imports: imported.body.id,
    directories: directory.id,
    users: await make('users', user),
    'api-tokens': await make('api-tokens', { label: MARK, role: 'viewer', tenants: [MARK] }),
    'notification-targets': target,
    'notification-deliveries': delivery.id,
    'join-keys': await make('join-keys', {
      label: MARK,
      tenant: MARK,
      pattern: `${MARK}-*`,
      uses: 5,
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    }),
    brakes: await make('brakes', { scope: { account: accounts }, reason: MARK }),
    'import-profiles': profile.id,
    views: await make('views', { list: 'computers', name: MARK, filter: {}, tenant: MARK }),
    'assignment-rules': await make('assignment-rules', {
      dp: `dp-${MARK}`,
      tenant: MARK,
      name: MARK,
      when: { dnsSuffix: `${MARK}.test` },
    }),
    'location-rules': await make('location-rules', {
      dp: `dp-${MARK}`,
      tenant: MARK,
      when: { dnsSuffix: `${MARK}.test` },
    }),
  };
}
