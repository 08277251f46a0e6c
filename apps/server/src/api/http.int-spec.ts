import type { OpenAPIObject } from '@nestjs/swagger';
import { TimelineRepository } from '#persistence';
import { enabledDp, importedComputer } from '../../testing/fixtures.js';
import { OWNER_TOKEN, startTestServer, type Answer, type TestServer } from '../../testing/test-server.js';
import { eventually } from '../../../../tools/testing/eventually.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const json = { 'content-type': 'application/json' };
const send = (
  method: string,
  path: string,
  payload: string,
  headers: Record<string, string> = json,
): Promise<Answer> => server.call(method, path, { payload, headers });

/** Every POST and PATCH route of the document, with something in place of its parameters. */
async function changingRoutes(): Promise<[method: string, path: string][]> {
  const { body } = await server.get('/api/v1/openapi.json', { token: null });
  const { paths } = body as OpenAPIObject;
  return Object.entries(paths).flatMap(([path, item]) =>
    (['post', 'patch'] as const).flatMap((method): [string, string][] =>
      item[method] ? [[method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'unknown')]] : [],
    ),
  );
}

describe('every route that takes a body', () => {
  it('is in the document', async () => {
    expect((await changingRoutes()).length).toBeGreaterThan(30);
  });

  it.each<[string, string, Record<string, string>, number[]]>([
    ['malformed JSON', '{"a": ', json, [400]],
    ['JSON that is no object', '[1, 2]', json, [400]],
    ['null', 'null', json, [400]],
    ['a prototype', '{"__proto__": {"admin": true}}', json, [400]],
    ['an unknown field', '{"noSuchField": 1}', json, [400, 401, 404]],
    ['deep nesting', `{"a":${'['.repeat(50)}${']'.repeat(50)}}`, json, [400]],
    ['abysmal nesting', `{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`, json, [400]],
    ['more than a mebibyte', JSON.stringify({ a: 'x'.repeat(1_100_000) }), json, [413]],
    ['a form', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }, [415]],
    ['XML', '<a/>', { 'content-type': 'application/xml' }, [415]],
    ['raw bytes', 'abc', { 'content-type': 'application/octet-stream' }, [415]],
    [
      'a multipart form without parts',
      'abc',
      { 'content-type': 'multipart/form-data; boundary=x' },
      [400, 415],
    ],
    ['a multipart form without boundary', 'abc', { 'content-type': 'multipart/form-data' }, [400, 415]],
  ])('answers %s with a problem', async (_, payload, headers, statuses) => {
    for (const [method, path] of await changingRoutes()) {
      const answer = await send(method, path, payload, headers);
      const said = { route: `${method} ${path}`, status: answer.status, body: answer.body };
      expect({
        ...said,
        isExpected: statuses.includes(answer.status) || takesNoBody(path, answer.status),
      }).toMatchObject({
        isExpected: true,
        body: {
          status: answer.status,
          code: expect.any(String),
          title: expect.any(String),
          detail: expect.any(String),
        },
      });
      expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    }
  });

  it('names all faults at once', async () => {
    const answer = await server.post('/api/v1/accounts', {
      label: 7,
      tenant: 'Not A Slug',
      order: -1,
      extra: true,
    });
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
    expect(answer.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'extra',
      'label',
      'order',
      'tenant',
      'username',
    ]);
  });

  it('names faults inside', async () => {
    const answer = await server.post('/api/v1/client-releases', {
      version: '1',
      platforms: { linux: { install: './i', successCodes: [0, 'x'] }, windows: { args: [1], what: 1 } },
    });
    expect(answer.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'platforms.linux.successCodes',
      'platforms.windows.args',
      'platforms.windows.install',
      'platforms.windows.what',
    ]);
  });
});

/** Routes without a body of their own look at their object first. */
function takesNoBody(path: string, status: number): boolean {
  return (
    /\/(?:disable|join-token|machines|probe|retire|test|discard|undo|cancel|retry|replay|rotate-secret|resend|location-rule)$/.test(
      path,
    ) &&
    (status === 404 || status === 400)
  );
}

describe('a form', () => {
  it('is looked through for nesting as a body is', async () => {
    const boundary = 'x';
    const field = (name: string, value: string): string =>
      `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const deep = `{"columns":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const payload = `${field('tenant', 'default')}${field('options', deep)}--${boundary}--\r\n`;
    const answer = await send('POST', '/api/v1/imports', payload, {
      'content-type': `multipart/form-data; boundary=${boundary}`,
    });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: 'options', code: 'depth' }] },
    });
  });
});

describe('a text with a NUL in it', () => {
  it.each([
    '/computers?q=',
    '/accounts?q=',
    '/users?q=',
    '/tenants?q=',
    '/brakes?q=',
    '/directories?q=',
    '/distribution-points?q=',
    '/location-rules?q=',
    '/audit?target=',
    '/audit?who=',
    '/computers?alert=',
  ])('is refused at %s', async (path) => {
    const answer = await server.get(`/api/v1${path}a%00b`);
    expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
  });

  it('is refused as the name of a field too', async () => {
    const nul = 'a\u0000b';
    for (const [path, body] of [
      ['/client-releases', { version: '9.9', platforms: { [nul]: { install: './i' } } }],
      ['/imports', { directory: 'x', options: { columns: { [nul]: 1 } } }],
    ] as const) {
      expect((await server.post(`/api/v1${path}`, body)).status).toBe(400);
    }
    expect((await server.patch('/api/v1/settings', { [nul]: 1 })).status).toBe(400);
  });
});

describe('a POST without a body', () => {
  it.each(['application/x-www-form-urlencoded', 'text/plain', 'application/json', 'multipart/form-data'])(
    'may name the type %s all the same',
    async (type) => {
      const answer = await server.call('POST', '/api/v1/computers/nothing/retry', {
        headers: { 'content-type': type, 'content-length': '0' },
      });
      expect(answer).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    },
  );
});

describe('every answer', () => {
  it.each(['/api/v1/session', '/api/v1/accounts', '/api/v1/computers', '/api/v1/nothing'])(
    'of %s stays out of caches',
    async (path) => {
      expect((await server.get(path)).headers['cache-control']).toBe('no-store');
    },
  );
});

describe('credentials', () => {
  it.each(['bearer', 'BEARER', 'Bearer '])('are taken behind the scheme "%s"', async (scheme) => {
    const headers = { authorization: `${scheme} ${OWNER_TOKEN}` };
    expect((await server.get('/api/v1/tenants', { token: null, headers })).status).toBe(200);
  });

  it('of a client count behind any of them', async () => {
    const location = { addresses: [], gateway: null, dnsSuffix: null, adSite: null, publicAddress: null };
    const body = { bootId: 'b', version: '1', restartRequired: false, location };
    const headers = { authorization: 'bearer unknown' };
    expect(await server.call('POST', '/client/v1/contact', { token: null, headers, body })).toMatchObject({
      status: 401,
      body: { detail: 'The client secret is not valid.' },
    });
  });
});

const JSON_BODY = { payload: '{}', headers: { 'content-type': 'application/json' } };

describe('what is not there', () => {
  it('is a problem as well', async () => {
    expect(await server.get('/api/v1/nothing')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    expect(await server.get('/api/v1/computers/nothing')).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    expect(await server.get('/nothing')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('is told from a method that does not exist', async () => {
    expect(await server.call('PUT', '/api/v1/tenants/default')).toMatchObject({
      status: 405,
      headers: { allow: 'DELETE, GET, HEAD, PATCH' },
      body: { code: 'METHOD_NOT_ALLOWED' },
    });
  });

  it('is told by the methods of the path itself, not by those of an id that could stand there', async () => {
    expect(await server.call('PATCH', '/api/v1/computers/release', JSON_BODY)).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
    });
  });

  it('is told from a method that Fastify knows and no route has, whatever the body', async () => {
    for (const wish of [{}, { payload: '{', headers: { 'content-type': 'application/json' } }]) {
      expect(await server.call('QUERY', '/api/v1/tenants', wish)).toMatchObject({
        status: 405,
        headers: { allow: 'GET, HEAD, POST' },
        body: { code: 'METHOD_NOT_ALLOWED' },
      });
    }
  });
});

describe('a change', () => {
  it('without a body is refused, not taken for one that changes nothing', async () => {
    expect(await server.call('PATCH', '/api/v1/settings')).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: '', message: 'the body must be a JSON object' }] },
    });
    expect(await server.call('PATCH', '/api/v1/settings', JSON_BODY)).toMatchObject({ status: 200 });
  });
});

describe('a setting that counts for the whole installation only', () => {
  it('is refused in other places, each by its name, and taken globally', async () => {
    const path = '/api/v1/tenants/default/settings';
    const place = { code: 'place', message: 'counts for the whole installation only, and is set globally' };
    expect(await server.patch(path, { keepAudit: 365, keepOrders: 30, attempts: 3 })).toMatchObject({
      status: 400,
      body: {
        errors: [
          { path: 'keepOrders', ...place },
          { path: 'keepAudit', ...place },
        ],
      },
    });
    expect((await server.patch(path, { keepAudit: null, attempts: 3 })).status).toBe(200);
    expect(await server.patch('/api/v1/settings', { keepAudit: 365 })).toMatchObject({
      status: 200,
      body: {
        effective: { keepAudit: { value: 365, from: 'global' }, keepOrders: { value: 0, from: 'default' } },
      },
    });
  });
});

describe('a query', () => {
  it.each([
    'limit=0',
    'limit=501',
    'limit=x',
    'limit=1&limit=2',
    'unknown=1',
    'sort=nothing',
    'after=!',
    'state=odd',
  ])('with %s is refused', async (query) => {
    expect(await server.get(`/api/v1/computers?${query}`)).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION_FAILED', errors: [{ path: query.split('=')[0] }] },
    });
  });

  it('pages through a list without losing or repeating anything, whatever is inserted meanwhile', async () => {
    for (let n = 10; n < 35; n += 1) await importedComputer(server, `page-${n}`, null);
    const seen: string[] = [];
    let after = '';
    do {
      const page = await server.get(`/api/v1/computers?q=PAGE-&limit=7&sort=-name${after}`);
      expect(page.body.total).toBeGreaterThanOrEqual(25);
      seen.push(...page.body.items.map(({ name }: { name: string }) => name));
      after = page.body.next === null ? '' : `&after=${encodeURIComponent(page.body.next)}`;
      await importedComputer(server, `page-9${seen.length}`, null);
    } while (after !== '');
    const expected = Array.from({ length: 25 }, (_, n) => `PAGE-${34 - n}`);
    expect(seen).toEqual(expected);
  });
});

describe('an Idempotency-Key', () => {
  const create = (key: string, body: object) =>
    server.post('/api/v1/api-tokens', body, { headers: { 'idempotency-key': key } });
  const wish = { label: 'once', role: 'viewer', tenants: 'all' };

  it('makes a repeat get the same answer without the secret, and nothing is done twice', async () => {
    const first = await create('key-1', wish);
    const again = await create('key-1', wish);
    const { token, ...shown } = first.body;
    expect(token).toMatch(/^rlp_/);
    expect(again).toMatchObject({ status: 201, headers: { location: first.headers['location'] } });
    expect(again.body).toEqual(shown);
    const all = (await server.get('/api/v1/api-tokens')).body.items;
    expect(all.filter(({ label }: { label: string }) => label === 'once')).toHaveLength(1);
  });

  it('is refused for another body', async () => {
    await create('key-2', wish);
    expect(await create('key-2', { ...wish, label: 'other' })).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
  });

  it('belongs to its caller', async () => {
    const other = (await server.post('/api/v1/api-tokens', { ...wish, label: 'o', role: 'owner' })).body
      .token;
    const headers = { 'idempotency-key': 'key-3' };
    const mine = await server.post('/api/v1/api-tokens', wish, { headers });
    const theirs = await server.post('/api/v1/api-tokens', wish, { headers, token: other });
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('runs a request once when it arrives many times at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => create('key-4', { ...wish, label: 'race' })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ body }) => 'token' in body)).toHaveLength(1);
  });

  it('repeats a broken rule, but not a fault of the request', async () => {
    const headers = { 'idempotency-key': 'key-5' };
    const dp = { id: 'taken', name: 'x', tenant: 'default' };
    await server.post('/api/v1/distribution-points', dp);
    const refused = await server.post('/api/v1/distribution-points', dp, { headers });
    expect(refused).toMatchObject({ status: 409, body: { code: 'DUPLICATE' } });
    await server.del('/api/v1/distribution-points/taken');
    expect(await server.post('/api/v1/distribution-points', dp, { headers })).toMatchObject({ status: 409 });
  });
});

describe('sentences', () => {
  const german = { headers: { 'accept-language': 'de' } };

  it('are German for whoever asks for it: faults, results of bulks, rows of imports', async () => {
    const invalid = await server.post('/api/v1/tenants', { id: 'A B', name: 'x', color: 'red' }, german);
    expect(invalid.body).toMatchObject({
      code: 'VALIDATION_FAILED',
      detail: 'Die Anfrage ist ungültig: sie hat 2 Fehler.',
      errors: expect.arrayContaining([
        {
          path: 'id',
          code: 'text',
          message:
            'muss ein Wort aus Kleinbuchstaben, Ziffern und inneren Bindestrichen mit 1 bis 40 Zeichen sein',
        },
        { path: 'color', code: 'unknown-field', message: 'ist kein bekanntes Feld' },
      ]),
    });
    const nobody = { computers: ['nobody'] };
    expect((await server.post('/api/v1/computers/delete', nobody, german)).body.results).toEqual([
      { computer: 'nobody', deleted: false, code: 'NOT_FOUND', message: 'Diesen Computer gibt es nicht.' },
    ]);
    expect((await server.post('/api/v1/computers/delete', nobody)).body.results).toMatchObject([
      { message: 'There is no such computer.' },
    ]);
  });

  it('are kept in English under an Idempotency-Key, and repeated in the language of who asks', async () => {
    const headers = { 'idempotency-key': 'key-german' };
    const dp = { id: 'twice', name: 'x', tenant: 'default' };
    await server.post('/api/v1/distribution-points', dp);
    const say = async (language: string) =>
      (
        await server.post('/api/v1/distribution-points', dp, {
          headers: { ...headers, 'accept-language': language },
        })
      ).body.detail;
    expect(await say('de')).toBe('Es gibt schon einen DP twice.');
    expect(await say('en')).toBe('There is a distribution point twice already.');
  });
});

describe('the DP of a computer that is not registered', () => {
  it('cannot be changed, and the answer says why, in German too', async () => {
    await enabledDp(server, 'fixed');
    const { id } = await importedComputer(server, 'fixed-pc', 'fixed');
    const path = `/api/v1/computers/${id}`;
    for (const dp of ['other', null, 'fixed']) {
      expect(await server.patch(path, { dp })).toMatchObject({ status: 409, body: { code: 'DP_FIXED' } });
    }
    const german = await server.patch(
      path,
      { dp: 'other' },
      { headers: { 'accept-language': 'de-DE,de;q=0.9,en;q=0.8' } },
    );
    expect(german.body.detail).toMatch(
      /^FIXED-PC ist noch nicht installiert: der DP ist DP fixed, seit dem Import fest zugeordnet/,
    );
    expect((await server.patch(path, { dp: 'other' })).body.detail).toContain('import it again');
    expect((await server.get(path)).body.dp.fixed).toBe('fixed');
  });

  it('is mended by importing it again with another one, as one step; the timeline goes on', async () => {
    await enabledDp(server, 'right');
    const { id } = await importedComputer(server, 'wrong-pc', 'fixed');
    await server.patch(`/api/v1/computers/${id}`, { description: 'before' });
    expect(await server.post(`/api/v1/computers/${id}/reimport`, { dp: 'nowhere' })).toMatchObject({
      status: 400,
    });
    expect(await server.post(`/api/v1/computers/${id}/reimport`, { dp: 'right' })).toMatchObject({
      status: 200,
      body: { id, state: 'imported', dp: { fixed: 'right' } },
    });
    const timeline = await server.get(`/api/v1/computers/${id}/timeline`);
    expect(timeline.body.items.map(({ kind }: { kind: string }) => kind)).toEqual(['reimported', 'edited']);
    expect(timeline.body.items[0].text).toBe(
      'Deleted and imported again with distribution point DP right by environment.',
    );
  });
});

describe('If-Match', () => {
  it('keeps a change from overwriting another one', async () => {
    const { id } = await importedComputer(server, 'etag-pc', null);
    const path = `/api/v1/computers/${id}`;
    const { etag } = (await server.get(path)).headers;
    const change = (description: string, revision: string) =>
      server.patch(path, { description }, { headers: { 'if-match': revision } });
    expect(await change('first', String(etag))).toMatchObject({ status: 200, headers: { etag: '"1"' } });
    expect(await change('second', String(etag))).toMatchObject({
      status: 412,
      body: { code: 'REVISION_STALE' },
    });
    expect(await change('third', 'nonsense')).toMatchObject({ status: 400 });
    expect(await change('fourth', '*')).toMatchObject({ status: 200 });
  });
});

describe('deleting computers', () => {
  it('keeps their timeline, and tells what was refused', async () => {
    const first = await importedComputer(server, 'del-1', null);
    const ready = await importedComputer(server, 'del-2', null, { state: 'ready' });
    expect(
      await server.post('/api/v1/computers/delete', { computers: [first.id, ready.id, 'nothing'] }),
    ).toMatchObject({
      status: 200,
      body: {
        counts: { deleted: 1, refused: 2 },
        results: [
          { computer: first.id, deleted: true },
          { computer: ready.id, deleted: false, code: 'WRONG_STATE' },
          { computer: 'nothing', deleted: false, code: 'NOT_FOUND' },
        ],
      },
    });
    expect(await server.get(`/api/v1/computers/${first.id}`)).toMatchObject({ status: 404 });
    const events = await server.app.get(TimelineRepository).listByComputer('all', first.id, { limit: 5 });
    expect(events.items).toMatchObject([{ kind: 'deleted' }]);
    expect(await server.post(`/api/v1/computers/${ready.id}/retire`)).toMatchObject({
      body: { state: 'retired' },
    });
    expect(await server.del(`/api/v1/computers/${ready.id}`)).toMatchObject({ status: 204 });
  });
});

describe('for whoever watches over the server', () => {
  it('says whether it is alive and ready, and counts', async () => {
    expect(await server.get('/health/live', { token: null })).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect(await server.get('/health/ready', { token: null })).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { database: { status: 'up' }, broker: { status: 'up' } } },
    });
    expect(await server.get('/version', { token: null })).toMatchObject({
      status: 200,
      body: {
        name: 'relaypoint',
        program: 'server',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        protocols: { dp: 1, messages: 1, adminApi: 1 },
        schema: expect.stringMatching(/^\d{4}-/),
      },
    });
    expect((await server.get('/metrics', { token: null })).text).toContain(
      'relaypoint_http_request_seconds_count',
    );
  });

  it('shows the overview', async () => {
    expect(await server.get('/api/v1/overview')).toMatchObject({
      status: 200,
      body: {
        computers: { imported: expect.any(Number) },
        distributionPoints: { total: expect.any(Number) },
        brakes: 0,
      },
    });
  });

  it('shows orders per hour, also hours without any', async () => {
    const answer = await server.get('/api/v1/overview/orders-per-hour');
    const { hours } = answer.body as { hours: { at: string; made: number }[] };
    expect(answer.status).toBe(200);
    expect(hours).toHaveLength(48);
    const last = Date.parse(hours.at(-1)?.at ?? '');
    expect(Math.abs(Date.now() - last)).toBeLessThanOrEqual(2 * 3_600_000);
    expect(hours.every(({ at }, index) => Date.parse(at) === last - (47 - index) * 3_600_000)).toBe(true);
    expect(hours[0]).toMatchObject({ made: 0, succeeded: 0, failed: 0 });
  });

  it('records changes', async () => {
    await server.post('/api/v1/tenants', { id: 'audited', name: 'Audited' });
    expect(await server.get('/api/v1/audit?target=tenant:audited')).toMatchObject({
      status: 200,
      body: {
        items: [
          { action: 'tenant.created', who: { name: 'environment' }, data: { after: { name: 'Audited' } } },
        ],
      },
    });
  });

  it('exports what it recorded, formula-safe and within the tenants of who asks', async () => {
    await server.post('/api/v1/tenants', { id: 'exported', name: '=1+1;"x"' });
    const csv = await server.get('/api/v1/audit/export.csv?target=tenant:exported');
    expect([csv.status, csv.headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8']);
    const [head, entry, rest] = csv.text.split('\r\n');
    expect(head).toBe('\ufeffId;At;Who;Who id;Address;Action;Target;Tenant;Data');
    expect(entry).toMatch(/;environment;.*;tenant\.created;tenant:exported;/);
    expect(rest).toBe('');

    // a moment after it is recorded an entry gets its place in the chain
    await eventually(async () => {
      const { body } = await server.get('/api/v1/audit?limit=500&action=tenant.created');
      for (const { sequence } of body.items as { sequence: number | null }[]) expect(sequence).not.toBeNull();
    });
    const lines = await server.get('/api/v1/audit/export.ndjson?action=tenant.created');
    expect(lines.headers['content-type']).toBe('application/x-ndjson');
    const entries = lines.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { action: string; target: string });
    const list = await server.get('/api/v1/audit?limit=500&action=tenant.created');
    // for other programs: words and names are what a reader is shown
    const stored = (list.body.items as Record<string, unknown>[]).map(
      ({ text: _text, targetName: _name, ...recorded }) => recorded,
    );
    expect(entries).toEqual(stored);
    expect(entries.map(({ target }) => target)).toContain('tenant:exported');

    const { at } = list.body.items[0] as { at: string };
    const within = async (times: string): Promise<string[]> => {
      const found = await server.get(`/api/v1/audit?limit=500&action=tenant.created&${times}`);
      return (found.body.items as { at: string }[]).map((one) => one.at);
    };
    expect(await within(`since=${at}`)).toContain(at);
    expect(await within(`until=${at}`)).not.toContain(at);
    expect(await within(`since=${at}&until=${at}`)).toEqual([]);
    const later = new Date(Date.parse(at) + 1).toISOString();
    expect(await within(`since=${at}&until=${later}`)).toEqual([at]);

    const made = await server.post('/api/v1/api-tokens', {
      label: 'elsewhere',
      role: 'owner',
      tenants: ['default'],
    });
    const { token } = made.body as { token: string };
    const foreign = await server.get('/api/v1/audit/export.ndjson', { token });
    expect([foreign.status, foreign.text.includes('tenant:exported')]).toEqual([200, false]);
    expect((await server.get('/api/v1/audit/export.csv?nosuch=1')).status).toBe(400);
  });
});
