import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { certificatesFor, type Certificates } from '../tools/peers/certificates.js';
import { anyFreePort } from '../tools/peers/ports.js';
import { eventually } from '../tools/testing/eventually.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';
import { ApiClient } from './support/api-client.js';
import { ForeignDp, type ForeignOrder } from './support/foreign-dp.js';
import { runToEnd, type Program } from './support/processes.js';
import { PROXIES, ReverseProxy } from './support/reverse-proxy.js';
import { Stack } from './support/stack.js';

/** Larger than what a proxy takes that nobody has set right, and than its buffers. */
const UPLOAD_MIB = 48;
/** Computers whose orders are made while the proxy takes another configuration. */
const RELOADS = Array.from({ length: 6 }, (_, i) => `reload-${i}`);
/** Those of the other DP. */
const FAR = Array.from({ length: 5 }, (_, i) => `far-${i}`);
/** What the proxy that cuts connections waits for, in seconds. */
const PATIENCE_S = 10;

interface Came {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

/** Two servers and two gateways behind the proxies that the project ships files for. */
describe.each(PROXIES)('behind %s', (kind) => {
  let stack: Stack;
  let proxy: ReverseProxy;
  let api: ApiClient;
  let dp: ForeignDp;
  let certificates: Certificates;
  const trusted = getCACertificates('default');

  beforeAll(async () => {
    const [server, gateway] = [await anyFreePort(), await anyFreePort()];
    const trust = { TRUST_PROXY: 'loopback' };
    stack = await Stack.start({
      servers: 2,
      gateways: 2,
      serverEnv: { ...trust, PUBLIC_URL: `https://localhost:${server}`, LOGIN_LIMIT: '3' },
      gatewayEnv: trust,
    });
    certificates = certificatesFor(join(stack.folder, 'tls'), 'localhost', '127.0.0.1');
    setDefaultCACertificates([...trusted, readFileSync(certificates.ca, 'utf8')]);
    proxy = await ReverseProxy.start(kind, join(stack.folder, kind), {
      server: { port: server, to: stack.serverUrls },
      gateway: { port: gateway, to: stack.gatewayUrls },
      certificates,
    });
    api = new ApiClient(`${proxy.serverUrl}/api/v1`, stack.token);
    stack.api = api;
    dp = new ForeignDp('site', proxy.gatewayUrl);
    await publish();
    const created = await api.ok<{ joinToken: string }>('POST', '/distribution-points', {
      id: 'site',
      name: 'site',
      tenant: null,
    });
    const enrolled = await dp.enrol(created.joinToken);
    if (enrolled.status !== 201) throw new Error(JSON.stringify(enrolled));
    await api.ok('POST', '/distribution-points/site/enable', { keyFingerprint: dp.fingerprint });
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await api.ok('POST', '/accounts', account);
    await stack.importCsv(`name\n${['first', ...RELOADS, 'later'].join('\n')}\n`, 'site');
  }, 120_000);

  afterAll(async () => {
    await proxy?.stop();
    await stack?.stop();
    setDefaultCACertificates(trusted);
  }, 60_000);

  const publish = async (): Promise<void> => {
    const folder = join(stack.folder, 'release');
    mkdirSync(folder);
    writeFileSync(join(folder, 'install.sh'), '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    writeFileSync(join(folder, 'ballast'), randomBytes(UPLOAD_MIB * 2 ** 20));
    const archive = join(stack.folder, 'release.tar.gz');
    execFileSync('tar', ['--use-compress-program=gzip -1', '-cf', archive, '-C', folder, '.']);
    const platforms = { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } };
    await api.ok('POST', '/client-releases', { version: '1.0.0', platforms });
    const bytes = readFileSync(archive);
    const put = await api.ok('PUT', '/client-releases/1.0.0/files/linux', bytes, {
      'content-type': 'application/octet-stream',
      'x-file-name': 'release.tar.gz',
    });
    const digest = createHash('sha256').update(bytes).digest('hex');
    if (!JSON.stringify(put).includes(digest)) throw new Error(`not ${digest}: ${JSON.stringify(put)}`);
    await api.ok('PATCH', '/client-releases/1.0.0', { state: 'published', default: true });
  };

  /** Releases a computer: its order is on its DP's queue. */
  const release = async (name: string): Promise<void> => {
    const { items } = await api.ok<{ items: { id: string }[] }>('GET', `/computers?q=${name}`);
    await api.ok('POST', '/computers/release', { computers: [items[0]?.id] });
  };

  /** A login from an address of this machine, which says that it comes from another one. */
  const logIn = (from: string, password: string): Promise<Came> =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${proxy.serverUrl}/api/v1/session`,
        {
          method: 'POST',
          localAddress: from,
          family: 4,
          ca: readFileSync(certificates.ca),
          headers: {
            'content-type': 'application/json',
            'x-forwarded-for': '203.0.113.99',
            'x-request-id': 'mine',
          },
        },
        (answer) => {
          let text = '';
          answer.on('data', (part: Buffer) => (text += part.toString()));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ user: 'admin', password }));
    });

  it('a login is noted with the address that it came from, and limits count for that one alone', async () => {
    const came = await logIn('127.0.0.2', stack.adminPassword);
    expect(came.status).toBe(201);
    expect(JSON.stringify(came.headers['set-cookie'])).toMatch(/Secure/i);
    // the caller's own, by which its orders are found; who sends none gets the proxy's
    expect(came.headers['x-request-id']).toBe('mine');
    expect((await fetch(`${proxy.serverUrl}/health/live`)).headers.get('x-request-id')).toMatch(
      /^[0-9a-f-]{32,36}$/,
    );
    const { items } = await api.ok<{ items: { address: string }[] }>('GET', '/audit?action=session.login');
    expect(items.map(({ address }) => address)).toEqual(['127.0.0.2']);
    const tries = [];
    for (let i = 0; i < 5; i += 1) tries.push((await logIn('127.0.0.3', 'wrong')).status);
    expect(tries).toContain(429);
    expect((await logIn('127.0.0.4', stack.adminPassword)).status).toBe(201);
  }, 30_000);

  it('a change is heard of at once, and the stream stays open', async () => {
    const abort = new AbortController();
    const stream = await fetch(`${proxy.serverUrl}/api/v1/events`, {
      headers: { authorization: `Bearer ${stack.token}` },
      signal: abort.signal,
    });
    const reader = (stream.body ?? new ReadableStream<Uint8Array>()).getReader();
    let heard = '';
    const hears = async (what: RegExp): Promise<void> => {
      while (!what.test(heard)) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`the stream ended: ${heard}`);
        heard += new TextDecoder().decode(value);
      }
    };
    await hears(/: connected/);
    const began = performance.now();
    await api.ok('PATCH', '/distribution-points/site', { name: 'heard' });
    await hears(/event: dp\n.*\n.*heard/);
    expect(performance.now() - began).toBeLessThan(2_000);
    abort.abort();
  }, 30_000);

  it('measures, versions and what is wrong are not shown, only that it lives', async () => {
    for (const url of [proxy.serverUrl, proxy.gatewayUrl]) {
      for (const path of ['/metrics', '/version', '/health/ready'])
        expect((await fetch(`${url}${path}`)).status).toBe(404);
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
    }
  });

  it('a poll is held, and answered as soon as there is an order', async () => {
    let answered = 0;
    const polling = dp.poll({ wait: 30 }).finally(() => (answered = performance.now()));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect(answered).toBe(0);
    const released = performance.now();
    await release('first');
    const { status, body } = await polling;
    expect(status).toBe(200);
    expect(body.orders).toHaveLength(1);
    // not when the poll would have ended anyway
    expect(answered - released).toBeLessThan(15_000);
    await done(body.orders);
  }, 60_000);

  const done = async (orders: readonly { order: ForeignOrder }[]): Promise<void> => {
    for (const { order } of orders) {
      await dp.report([{ order, state: 'accepted' }]);
      await dp.report([{ order, state: 'succeeded', result: 'INSTALLED', phase: 'install' }]);
    }
  };

  it('a reload of its configuration loses no order: polls under way end as they would have', async () => {
    const got: string[] = [];
    const polls: number[] = [];
    const taking = (async (): Promise<void> => {
      while (got.length < RELOADS.length) {
        const { status, body } = await dp.poll({ wait: 20 });
        polls.push(status);
        for (const { order } of body.orders) got.push(order.computer.name);
        await done(body.orders);
      }
    })();
    for (const name of RELOADS) {
      await proxy.reload();
      await new Promise((resolve) => setTimeout(resolve, 300));
      await release(name);
    }
    await taking;
    expect(got.toSorted()).toEqual(RELOADS.map((name) => name.toUpperCase()));
    expect(new Set(polls)).toEqual(new Set([200]));
  }, 90_000);

  it('one server and one gateway of two may be away', async () => {
    // until the proxy has noticed
    expectServerErrors(502, 503, 504);
    await stack.servers[1]?.kill();
    await stack.gateways[1]?.kill();
    await eventually(async () => {
      const answers = await Promise.all(
        Array.from({ length: 8 }, async () => (await api.call('GET', '/computers')).status),
      );
      expect(new Set(answers)).toEqual(new Set([200]));
    });
    await release('later');
    await eventually(
      async () => {
        const { body } = await dp.poll({ wait: 5 });
        expect(body.orders).toHaveLength(1);
        await done(body.orders);
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    );
  }, 60_000);

  describe('that gives up what is silent for ten seconds', () => {
    let cutting: ReverseProxy;
    let agent: Program;

    beforeAll(async () => {
      const [server, gateway] = [await anyFreePort(), await anyFreePort()];
      const [first = ''] = stack.gatewayUrls;
      cutting = await ReverseProxy.start(kind, join(stack.folder, 'cutting'), {
        server: { port: server, to: stack.serverUrls },
        gateway: { port: gateway, to: [first] },
        certificates,
        patience: PATIENCE_S,
      });
      await api.ok('PATCH', '/settings', { pollInterval: 10 });
      agent = await joined(cutting.gatewayUrl);
    }, 60_000);

    afterAll(async () => {
      await agent?.kill();
      await cutting?.stop();
    }, 30_000);

    /** A real agent, whose DP is at the other side of that proxy. */
    const joined = async (gateway: string): Promise<Program> => {
      const state = join(stack.folder, 'dp-far');
      mkdirSync(state, { mode: 0o700 });
      const root = join(stack.folder, 'computers');
      mkdirSync(root);
      writeFileSync(
        join(state, 'config.yaml'),
        `methods: [local]\nlocal:\n  root: ${root}\ncaFile: ${certificates.ca}\n`,
        { mode: 0o600 },
      );
      const { joinCommand } = await api.ok<{ joinCommand: string }>('POST', '/distribution-points', {
        id: 'far',
        name: 'far',
        tenant: null,
      });
      const words = joinCommand.split(' ').slice(1);
      words[words.indexOf('--gateway') + 1] = gateway;
      const main = 'dist/apps/dp-agent/src/main.js';
      const result = await runToEnd(main, [...words, '--ca-file', certificates.ca, '--state', state]);
      if (result.code !== 0) throw new Error(result.output);
      const { machines } = await api.ok<{ machines: { keyFingerprint: string }[] }>(
        'GET',
        '/distribution-points/far',
      );
      await api.ok('POST', '/distribution-points/far/enable', {
        keyFingerprint: machines[0]?.keyFingerprint,
      });
      const { items } = await api.ok<{ items: { id: string }[] }>('GET', '/accounts');
      // it was entered before this DP could open it
      await api.ok('PATCH', `/accounts/${items[0]?.id}`, { password: 'p' });
      const program = stack.program('dp-far', main, ['run', '--gateway', gateway, '--state', state], {});
      program.start();
      await stack.importCsv(`name\n${FAR.join('\n')}\n`, 'far');
      return program;
    };

    it('orders still come in time, and the DP is not taken for silent', async () => {
      const states: boolean[] = [];
      const waits: number[] = [];
      for (const name of FAR) {
        const began = performance.now();
        await release(name);
        await eventually(
          async () => {
            const { overdue } = await api.ok<{ overdue: boolean }>('GET', '/distribution-points/far');
            states.push(overdue);
            const { items } = await api.ok<{ items: { state: string }[] }>('GET', `/computers?q=${name}`);
            if (items[0]?.state !== 'awaiting-registration') throw new Error(JSON.stringify(items[0]));
          },
          { timeoutMs: 30_000, intervalMs: 250 },
        );
        waits.push(Math.round(performance.now() - began));
        await new Promise((resolve) => setTimeout(resolve, 6_000));
      }
      expect(agent.log()).not.toMatch(/UNAUTHENTICATED/);
      expect(states.every((overdue) => !overdue)).toBe(true);
      // the first one fetches the release
      expect(waits.slice(1).filter((ms) => ms > 15_000)).toEqual([]);
    }, 240_000);
  });
});
