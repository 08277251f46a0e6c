import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ssh2 from 'ssh2';
import { eventually } from '../tools/testing/eventually.js';
import { ForeignDp } from './support/foreign-dp.js';
import { runToEnd } from './support/processes.js';
import { Stack } from './support/stack.js';

jest.setTimeout(300_000);

const SLOW = { timeoutMs: 120_000 };

/** Where a secret was found: the kind of place, and which one. */
interface Finding {
  secret: string;
  place: string;
}

/** What is allowed, and why; everything else that is found is a leak. */
const ALLOWED: readonly { secret: RegExp; place: RegExp; why: string }[] = [
  {
    secret: /^(?:owner's API token|first password)$/,
    place: /^process server-0$/,
    why: 'this test gives them to the server by its environment, as an operator may; its user alone can read that',
  },
  {
    secret: /^local account$/,
    place: /^file dp-site\/accounts\.yaml$/,
    why: 'the file that its site keeps them in, its owner alone may read it',
  },
  {
    secret: /^(?:registration token|client secret)$/,
    place: /^broker in (?:server|gateway)$|^broker out server$/,
    why: 'answers to calls that hand them out, by direct reply: in no queue (docs/security.md)',
  },
  {
    secret: /^cell of a CSV file$/,
    place: /^collection (?:blobs\.chunks|importRuns|importRows)$|^answer \/imports|^stream$|^file mongodb\//,
    why: 'an import shows its columns and rows to its tenant; nobody can know that a cell is a password',
  },
];

/** Marked secrets go in by every door of the product; then everything it has, says and keeps is searched for them. */
describe('secrets', () => {
  let stack: Stack;
  /** Secrets by name. Each is made here or by the product, and must not be found anywhere else. */
  const secrets = new Map<string, string>();
  const events: string[] = [];
  const stream = new AbortController();

  const marked = (name: string): string => {
    const text = `marked-${randomBytes(12).toString('hex')}`;
    secrets.set(name, text);
    return text;
  };
  const kept = (name: string, secret: string): string => {
    if (secret.length < 16) throw new Error(`${name} is no secret: ${secret}`);
    secrets.set(name, secret);
    return secret;
  };

  beforeAll(async () => {
    stack = await Stack.start({ killable: true, logLevel: 'trace' });
    stack.serverGate.record();
    stack.gatewayGate.record();
    // the first connections carried nothing of interest, and their records begin in the middle of nothing
    void listen();
    kept("owner's API token", stack.token);
    kept('first password', stack.adminPassword);
    await stack.publishClient();
    await enterAccounts();
    await enterDirectory();
    await enterPeople();
    await enterCsv();
    await enrolAndInstall();
    await runAgent();
  });
  afterAll(async () => {
    stream.abort();
    await stack?.stop();
  });

  async function listen(): Promise<void> {
    try {
      const response = await fetch(`${stack.api.baseUrl}/events`, {
        headers: { authorization: `Bearer ${stack.token}` },
        signal: stream.signal,
      });
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) events.push(decoder.decode(chunk as Uint8Array));
    } catch {
      // the test ended, or the server
    }
  }

  async function enterAccounts(): Promise<void> {
    const account = { tenant: 'default', username: 'root', scope: 'all' };
    const entered = await stack.api.ok<{ id: string }>(
      'POST',
      '/accounts',
      { ...account, label: 'by password', password: marked('account password') },
      { 'idempotency-key': 'one' },
    );
    const passphrase = marked('passphrase');
    const encryption = { passphrase, cipher: 'aes256-ctr', rounds: 1 };
    const { private: privateKey } = ssh2.utils.generateKeyPairSync('ed25519', encryption);
    // a line of it, because the breaks between them are written in many ways
    kept('private key', privateKey.split('\n')[2] ?? '');
    await stack.api.ok('POST', '/accounts', {
      ...account,
      label: 'by key',
      privateKey,
      passphrase,
      password: marked('sudo password'),
    });
    const path = `/accounts/${entered.id}`;
    await stack.api.ok('PATCH', path, { password: marked('changed account password') });
    // what is refused is not kept either
    const password = marked('password of a refused account');
    for (const body of [
      { ...account, label: '', password },
      { ...account, label: 'x', password: [password] },
      { ...account, label: 'x', password, passphrase: password },
      { ...account, label: 'x', password, [password]: 1 },
      { ...account, label: 'x', password, tenant: 'nowhere' },
    ]) {
      expect((await stack.api.call('POST', '/accounts', body)).status).toBe(400);
    }
    const broken = Buffer.from(`{"label":"x","password":"${marked('password in broken JSON')}`);
    const json = { 'content-type': 'application/json' };
    expect((await stack.api.call('POST', '/accounts', broken, json)).status).toBe(400);
    expect((await stack.api.call('PATCH', path, { password }, { 'if-match': '"999"' })).status).toBe(412);
  }

  async function enterDirectory(): Promise<void> {
    const bindPassword = marked('bind password');
    const { id } = await stack.api.ok<{ id: string }>('POST', '/directories', {
      name: 'corp',
      tenant: 'default',
      url: 'ldap://127.0.0.1:9',
      allowPlain: true,
      bindDn: 'cn=reader,dc=corp',
      bindPassword,
      bases: ['dc=corp'],
    });
    await stack.api.call('POST', `/directories/${id}/test`, {});
    await stack.api.ok('PATCH', `/directories/${id}`, { bindPassword: marked('changed bind password') });
    await stack.api.call('POST', '/imports', { source: 'ad', tenant: 'default', directory: id });
  }

  async function enterPeople(): Promise<void> {
    const password = marked('user password');
    const user = { user: 'somebody', role: 'viewer', tenants: 'all' };
    await stack.api.ok('POST', '/users', { ...user, password });
    const session = `${stack.api.baseUrl}/session`;
    const headers = { 'content-type': 'application/json' };
    const logIn = (given: string): Promise<Response> =>
      fetch(session, {
        method: 'POST',
        headers,
        body: JSON.stringify({ user: 'somebody', password: given }),
      });
    expect((await logIn(marked('wrong password'))).status).toBe(401);
    const cookie = (await logIn(password)).headers.get('set-cookie')?.split(';')[0] ?? '';
    kept('session', cookie.slice(cookie.indexOf('=') + 1));
    const next = marked('changed user password');
    const changed = await fetch(`${session}/password`, {
      method: 'PUT',
      headers: { ...headers, cookie, origin: stack.serverUrls[0] ?? '' },
      body: JSON.stringify({ current: password, password: next }),
    });
    expect([changed.status, await changed.text()]).toEqual([204, '']);
    const token = await stack.api.ok<{ token: string }>('POST', '/api-tokens', {
      label: 'script',
      role: 'viewer',
      tenants: 'all',
    });
    kept('API token', token.token);
    const used = { authorization: `Bearer ${token.token}` };
    expect((await fetch(`${stack.api.baseUrl}/computers`, { headers: used })).status).toBe(200);
    const wrong = { authorization: `Bearer rlp_${marked('wrong API token')}` };
    expect((await fetch(`${stack.api.baseUrl}/computers`, { headers: wrong })).status).toBe(401);
  }

  async function enterCsv(): Promise<void> {
    await stack.importCsv(`name;Kennwort\nother-01;${marked('cell of a CSV file')}\n`, null);
  }

  async function joinToken(id: string): Promise<string> {
    const wish = { id, name: id, tenant: 'default' };
    const made = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', wish);
    return kept(`join token of ${id}`, made.joinToken);
  }

  async function enrolAndInstall(): Promise<void> {
    await joinToken('unused');
    const dp = new ForeignDp('foreign', stack.gatewayUrls[0] ?? '');
    expect((await dp.enrol(`foreign.${marked('wrong join token')}`)).status).toBe(401);
    expect((await dp.enrol(await joinToken('foreign'))).status).toBe(201);
    await stack.api.ok('POST', '/distribution-points/foreign/enable', { keyFingerprint: dp.fingerprint });
    kept("DP's token", dp.bearer());
    await stack.api.ok('POST', '/accounts', {
      label: 'for foreign',
      tenant: 'default',
      username: 'root',
      password: marked('account password that is handed out'),
      scope: { dps: ['foreign'] },
    });
    await stack.importCsv('name\nsecret-01\n', 'foreign');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?q=secret-01');
    await stack.api.ok('POST', '/computers/release', { computers: [items[0]?.id] });
    const order = await eventually(async () => {
      const answer = await dp.poll();
      const found = answer.body.orders?.[0]?.order;
      if (!found) throw new Error(JSON.stringify(answer));
      return found;
    }, SLOW);
    const opened = await Promise.all(order.accounts.map((account) => dp.open(account)));
    expect(opened.map(({ password }) => password)).toContain(
      secrets.get('account password that is handed out'),
    );
    const token = kept('registration token', order.registration?.token ?? '');
    await dp.report([
      { order, state: 'accepted' },
      { order, state: 'succeeded', result: 'OK', phase: 'install' },
    ]);
    const location = { addresses: ['192.0.2.7/24'], gateway: null, dnsSuffix: null, adSite: null };
    const facts = { version: '1.0.0', bootId: 'boot-1', restartRequired: false, location };
    const client = { ...facts, name: 'secret-01', os: 'Test' };
    const wrong = `${order.order}.${marked('wrong registration token')}`;
    expect((await dp.post('/client/v1/register', { ...client, token: wrong })).status).toBe(401);
    const registered = await eventually(async () => {
      const answer = await dp.post('/client/v1/register', { ...client, token });
      expect(answer.status).toBe(201);
      return answer;
    }, SLOW);
    const secret = kept('client secret', String(registered.body['secret']));
    expect((await dp.post('/client/v1/contact', facts, secret)).status).toBe(200);
    const other = `${items[0]?.id}.${marked('wrong client secret')}`;
    expect((await dp.post('/client/v1/contact', facts, other)).status).toBe(401);
  }

  /** An agent of the product, with an account of its own and one from the centre. */
  async function runAgent(): Promise<void> {
    const state = join(stack.folder, 'dp-site');
    mkdirSync(state, { recursive: true, mode: 0o700 });
    const local = [{ username: 'root', password: marked('local account') }];
    writeFileSync(join(state, 'accounts.yaml'), JSON.stringify(local), { mode: 0o600 });
    const root = join(stack.folder, 'computers');
    await stack.addDp('site', `methods: [local]\nlocal:\n  root: ${root}\nlocalAccounts: accounts.yaml\n`);
    await stack.api.ok('PATCH', '/settings', { pollInterval: 5 });
    await stack.api.ok('POST', '/accounts', {
      label: 'for site',
      tenant: 'default',
      username: 'root',
      password: marked('account password for the agent'),
      scope: { dps: ['site'] },
    });
    const { joinToken: again } = await stack.api.ok<{ joinToken: string }>(
      'POST',
      '/distribution-points/site/join-token',
      {},
    );
    kept('join token that nobody uses', again);
    await stack.importCsv('name\nlocal-01\n', 'site');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?q=local-01');
    await stack.api.ok('POST', '/computers/release', { computers: [items[0]?.id] });
    await eventually(async () => {
      const { items: orders } = await stack.api.ok<{ items: { state: string }[] }>('GET', '/orders?dp=site');
      expect(['succeeded', 'failed']).toContain(orders[0]?.state);
    }, SLOW);
    const doctor = await runToEnd('dist/apps/dp-agent/src/main.js', ['status', '--state', state]);
    expect(doctor.output).not.toBe('');
    for (const [name, secret] of secrets)
      expect([name, doctor.output.includes(secret)]).toEqual([name, false]);
  }

  /** Which secrets a text holds, as they are or in one of the spellings in which they could be hidden. */
  const foundIn = (place: string, text: string | Buffer): Finding[] =>
    [...secrets].flatMap(([secret, value]) =>
      spellings(value).some((spelling) => text.includes(spelling)) ? [{ secret, place }] : [],
    );
  const leaks = (findings: readonly Finding[]): Finding[] =>
    findings.filter(
      ({ secret, place }) => !ALLOWED.some((one) => one.secret.test(secret) && one.place.test(place)),
    );

  it('would be found: each way of looking finds what is there', async () => {
    const db = await stack.ground.everything();
    expect(db.get('accounts')).toContain('by password');
    expect(db.get('blobs.chunks')).toContain('Kennwort');
    const passed = stack.gatewayGate.passed('in').flatMap((bytes) => foundIn('broker', bytes));
    expect(passed.map(({ secret }) => secret)).toEqual(
      expect.arrayContaining(['registration token', 'client secret']),
    );
    expect(stack.gatewayGate.passed('out').join('')).toContain('secret-01');
    expect(stack.programs().map((program) => program.seenByOthers().includes('dist/apps/'))).not.toContain(
      false,
    );
    expect(leaks(foundIn('somewhere', `x${secrets.get('user password')}y`))).toHaveLength(1);
    expect(events.join('')).toContain('event: ');
  });

  it('are in no log', () => {
    const logs = stack.programs().map((program) => ({ name: program.name, text: program.log() }));
    expect(logs.map(({ text }) => text.length > 0)).not.toContain(false);
    expect(leaks(logs.flatMap(({ name, text }) => foundIn(`log ${name}`, text)))).toEqual([]);
  });

  it('are in no document of the database', async () => {
    const found = [...(await stack.ground.everything())].flatMap(([name, text]) =>
      foundIn(`collection ${name}`, text),
    );
    expect(leaks(found)).toEqual([]);
  });

  it('do not pass the broker', () => {
    const found = (['server', 'gateway'] as const).flatMap((who) =>
      (['out', 'in'] as const).flatMap((direction) =>
        (who === 'server' ? stack.serverGate : stack.gatewayGate)
          .passed(direction)
          .flatMap((bytes) => foundIn(`broker ${direction} ${who}`, bytes)),
      ),
    );
    expect(leaks(found)).toEqual([]);
  });

  it('are in no file of broker, database, servers and agents', () => {
    const found = filesOf(stack.folder).flatMap((file) =>
      foundIn(`file ${relative(stack.folder, file)}`, readFileSync(file)),
    );
    expect(leaks(found)).toEqual([]);
  });

  it('are in no answer and in no event', async () => {
    const found = foundIn('stream', events.join(''));
    const document = await stack.api.ok<{ paths: Record<string, Record<string, unknown>> }>(
      'GET',
      '/openapi.json',
    );
    const routes = Object.keys(document.paths)
      .filter((path) => document.paths[path]?.['get'] && !path.endsWith('/events'))
      .map((path) => path.replace(/^\/api\/v1/, ''));
    let answered = 0;
    for (const route of routes) {
      for (const path of await addresses(route)) {
        const authorization = `Bearer ${stack.token}`;
        const answer = await fetch(`${stack.api.baseUrl}${path}`, { headers: { authorization } });
        if (answer.status === 200) answered += 1;
        found.push(...foundIn(`answer ${path}`, await answer.text()));
      }
    }
    expect(answered).toBeGreaterThan(30);
    expect(leaks(found)).toEqual([]);
  });

  /** A route with the ids of what there is in place of its parameter. */
  async function addresses(route: string): Promise<string[]> {
    const parameters = route.match(/\{\w+\}/g) ?? [];
    if (parameters.length === 0) return [route];
    const list = route.slice(0, route.indexOf('/{'));
    const answer = await stack.api.call<{ items?: Record<string, unknown>[] }>('GET', `${list}?limit=100`);
    return (answer.body.items ?? []).slice(0, 10).map((item) => {
      const id = String(item['id'] ?? item['version'] ?? item['queue']);
      return route.replace(/\{\w+\}/, encodeURIComponent(id)).replaceAll(/\{\w+\}/g, '0');
    });
  }

  it('are in no argument and no environment of a process', () => {
    const found = stack
      .programs()
      .flatMap((program) => foundIn(`process ${program.name}`, program.seenByOthers()));
    expect(leaks(found)).toEqual([]);
  });

  it('lie in folders and files that are their owner’s alone', () => {
    const folders = [join(stack.folder, 'state'), join(stack.folder, 'dp-site')];
    const files = folders.flatMap((folder) => [folder, ...filesOf(folder)]);
    expect(files.length).toBeGreaterThan(8);
    const open = files.filter((file) => (lstatSync(file).mode & 0o077) !== 0);
    expect(open.map((file) => relative(stack.folder, file))).toEqual([]);
  });
});

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  return [secret, base64, bytes.toString('hex'), JSON.stringify(secret).slice(1, -1)];
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
