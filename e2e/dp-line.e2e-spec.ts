import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { eventually } from '../tools/testing/eventually.js';
import { BareRoot } from './support/bare-root.js';
import { runToEnd } from './support/processes.js';
import { Stack } from './support/stack.js';

jest.setTimeout(300_000);

interface Joinable {
  installLines: { platform: string; command: string }[];
}

/** What stands between a site and the gateway, and answers in its place. */
async function impostor(status: number, headers: Record<string, string>, body: string) {
  const server = createServer((_, response) => response.writeHead(status, headers).end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, stop: () => new Promise((resolve) => server.close(resolve)) };
}

describeAsRoot('a DP by one line, on a bare Debian', () => {
  const folder = mkdtempSync(pathOf(tmpdir(), 'dp-line-'));
  const agents = pathOf(folder, 'agents');
  let stack: Stack;
  let machine: BareRoot;
  let line: string;

  beforeAll(async () => {
    execFileSync(
      process.execPath,
      ['tools/dp-pack.ts', '--out', agents, '--arch', process.arch, '--no-deb', '--level', '1'],
      { stdio: 'pipe' },
    );
    // makes everything wait that this process has open, so nothing is yet
    machine = BareRoot.make(pathOf(folder, 'machine'));
    stack = await Stack.start({ importer: false, serverEnv: { DP_BUNDLE_DIR: agents } });
    const made = await stack.api.ok<Joinable>('POST', '/distribution-points', {
      id: 'bare',
      name: 'Bare',
      tenant: null,
    });
    // there is no sudo on the bare machine, and no systemd in a namespace
    line = made.installLines.find(({ platform }) => platform === 'linux')?.command.replace('sudo ', '') ?? '';
  });
  afterAll(async () => {
    machine?.stop();
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is refused with words where it would not last: no systemd, no root, a line that is not whole', async () => {
    expect(line).toMatch(
      /^curl -fsSL http\S+\/install\/dp\.sh \| sh -s -- --gateway http\S+ --token bare\.\S+ --server-key SHA256:\S+$/,
    );
    expect((await machine.sh('command -v node')).code).not.toBe(0);
    expect(await machine.sh(line)).toMatchObject({
      code: 1,
      text: expect.stringContaining('does not run systemd') as string,
    });
    expect((await machine.sh(line.replace(/--server-key \S+/, '--no-service'))).text).toContain(
      '--server-key is needed',
    );
    expect((await machine.sh('ls /opt')).text).toBe('');
  });

  it.each([
    [
      200,
      { 'content-type': 'text/html' },
      '<html><head><title>Hotel Wi-Fi</title>',
      /not a gateway.*"Hotel Wi-Fi".*captive portal/,
    ],
    [
      302,
      { location: 'http://portal.example/login' },
      '',
      /sends to http:\/\/portal\.example\/login: a captive portal/,
    ],
    [407, {}, 'Squid', /the proxy wants a login/],
    [
      403,
      { 'content-type': 'text/html' },
      '<title>Blocked</title>',
      /not a gateway \(status 403, a page titled "Blocked"\)/,
    ],
    [
      200,
      { 'content-type': 'text/plain', date: 'Mon, 02 Mar 2020 08:00:00 GMT' },
      'relaypoint-dp-bundle 1\nversion 9\n',
      /clock is \d+ s ahead of the gateway's: set it/,
    ],
  ] as const)('says what answers in the place of the gateway: %i %j', async (status, headers, body, says) => {
    const between = await impostor(status, headers, body);
    try {
      const args = `--no-service --gateway ${between.url} --token t --server-key SHA256:x`;
      const script = `curl -fsSL ${stack.gatewayUrls[0]}/install/dp.sh | sh -s -- ${args}`;
      const { code, text } = await machine.sh(script);
      expect(text).toMatch(says);
      expect(code).toBe(1);
    } finally {
      await between.stop();
    }
  });

  it('takes nothing that is not signed by the key of the line, or was changed on the way', async () => {
    const other = `SHA256:${'A'.repeat(43)}`;
    const strange = await machine.sh(line.replace(/--server-key \S+/, `--no-service --server-key ${other}`));
    expect(strange).toMatchObject({
      code: 1,
      text: expect.stringContaining('signed by another key') as string,
    });
    const [, name = ''] =
      /"name": "(.+\.tar\.gz)"/.exec(readFileSync(pathOf(agents, describing()), 'utf8')) ?? [];
    const whole = readFileSync(pathOf(agents, name));
    const changed = Buffer.from(whole);
    changed.writeUInt8(changed.readUInt8(5000) ^ 1, 5000);
    writeFileSync(pathOf(agents, name), changed);
    const spoiled = await machine.sh(`${line} --no-service`);
    writeFileSync(pathOf(agents, name), whole);
    expect(spoiled).toMatchObject({ code: 1, text: expect.stringContaining('SHA-256') as string });
    expect((await machine.sh('ls /opt/relaypoint-dp/versions')).text).toBe('');
  });

  it('installs, joins and runs; again it changes nothing; and it goes without a trace', async () => {
    const first = await machine.sh(`${line} --no-service`);
    expect(first).toMatchObject({ code: 0, text: expect.stringContaining('DP bare is enrolled') as string });
    const { keyFingerprint } = await stack.api.ok<{ keyFingerprint: string }>(
      'GET',
      '/distribution-points/bare',
    );
    expect(first.text).toContain(keyFingerprint);
    const again = await machine.sh(`${line} --no-service`);
    expect(again).toMatchObject({ code: 0, text: expect.stringContaining('is installed already') as string });
    expect(again.text).toContain(keyFingerprint);

    await stack.api.ok('POST', '/distribution-points/bare/enable', { keyFingerprint });
    machine.start('exec runuser -u relaypoint-dp -- relaypoint-dp run');
    await eventually(
      async () => {
        const dp = await stack.api.ok<{ lastSeen: string | null }>('GET', '/distribution-points/bare');
        expect(dp.lastSeen).not.toBeNull();
      },
      { timeoutMs: 60_000 },
    );
    machine.stop();
    const checked = await machine.sh('runuser -u relaypoint-dp -- relaypoint-dp doctor');
    expect(checked.text).not.toContain('FAIL');
    expect(checked.code).toBe(0);

    const script = `curl -fsSL ${stack.gatewayUrls[0]}/install/dp.sh | sh -s --`;
    expect((await machine.sh(`${script} --uninstall`)).text).toContain('--purge');
    expect((await machine.sh('ls /var/lib/relaypoint-dp-agent/identity.json')).code).toBe(0);
    expect((await machine.sh(`${script} --uninstall --purge`)).code).toBe(0);
    const left = await machine.sh(
      'ls -d /opt/relaypoint-dp /usr/local/bin/relaypoint-dp /var/lib/relaypoint-dp-agent; id relaypoint-dp',
    );
    expect(left.text.match(/No such file|no such user/g)).toHaveLength(4);
  });

  it('lets many join by one key, under names that fit, as often as it may, and enables those of a network', async () => {
    const hour = new Date(Date.now() + 3_600_000).toISOString();
    const wish = { label: 'sites', tenant: 'default', pattern: 'site-*', uses: 2, expiresAt: hour };
    const make = (more: object) =>
      stack.api.ok<Joinable & { id: string; key: string }>('POST', '/join-keys', { ...wish, ...more });
    const near = await make({ enableWithin: ['127.0.0.0/8'] });
    const far = await make({ enableWithin: ['192.0.2.0/24'], uses: 1 });
    const join = async (made: Joinable, name: string, place = name) => {
      const { command = '' } = made.installLines.find(({ platform }) => platform === 'installed') ?? {};
      const words = [
        ...command.split(' ').slice(1),
        '--name',
        name,
        '--state',
        pathOf(folder, `dp-${place}`),
      ];
      return await runToEnd('dist/apps/dp-agent/src/main.js', words);
    };
    const dp = (name: string) =>
      stack.api.ok<{ state: string; tenant: string }>('GET', `/distribution-points/${name}`);

    // all at once: one key, one document
    const both = await Promise.all([join(near, 'site-1'), join(near, 'site-2')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await dp('site-1')).toMatchObject({ state: 'enabled', tenant: 'default' });
    expect((await join(near, 'site-1')).code).toBe(0);
    expect((await join(near, 'site-3')).output).toContain('used up');
    expect((await join(far, 'plant-1')).output).toContain('names have to fit site-*');
    // another machine takes nobody's name
    expect((await join(far, 'site-1', 'thief')).output).toContain('is another machine');
    expect((await join(far, 'site-4')).code).toBe(0);
    expect(await dp('site-4')).toMatchObject({ state: 'pending' });
    await stack.api.ok('DELETE', `/join-keys/${near.id}`);
    expect((await join(near, 'site-5')).output).toContain('not valid');
    const { items } = await stack.api.ok<{ items: { usedBy: string[] }[] }>('GET', '/join-keys');
    expect(items.map(({ usedBy }) => usedBy)).toEqual([['site-4']]);
  });

  const describing = (): string => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    return `bundle-${version}.json`;
  };
});
