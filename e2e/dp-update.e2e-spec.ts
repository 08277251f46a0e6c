import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { eventually } from '../tools/testing/eventually.js';
import { BareRoot } from './support/bare-root.js';
import { Stack } from './support/stack.js';

jest.setTimeout(300_000);

/** Seconds that a version has to prove itself; longer outside of tests. */
const TRIAL = 20;
const COMPUTERS = 6;

interface Dp {
  lastSeen: string | null;
  wantedAgentVersion: string | null;
  agent: { version: string; update: { version: string; state: string; code: string; text: string } | null };
  alerts: { code: string; text: string }[];
}

describeAsRoot('a DP that brings itself to another version, on a bare Debian', () => {
  const { version: own } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const newer = '7.0.0';
  const folder = mkdtempSync(pathOf(tmpdir(), 'dp-update-'));
  const agents = pathOf(folder, 'agents');
  let stack: Stack;
  let machine: BareRoot;

  const pack = (...more: string[]): void => {
    const args = ['--out', agents, '--arch', process.arch, '--no-deb', '--level', '1', ...more];
    execFileSync(process.execPath, ['tools/dp-pack.ts', ...args], { stdio: 'pipe' });
  };

  beforeAll(async () => {
    pack();
    pack('--version', newer);
    // makes everything wait that this process has open, so nothing is yet
    machine = BareRoot.make(pathOf(folder, 'machine'));
    stack = await Stack.start({ serverEnv: { DP_BUNDLE_DIR: agents } });
    const made = await stack.api.ok<{ installLines: { platform: string; command: string }[] }>(
      'POST',
      '/distribution-points',
      { id: 'bare', name: 'Bare', tenant: null },
    );
    const line = made.installLines.find(({ platform }) => platform === 'linux')?.command ?? '';
    const config = 'longPoll: 1\nmethods: [local]\nlocal: { root: computers }\nconcurrency: 2\n';
    const installed = await machine.sh(
      `${line.replace('sudo ', '')} --no-service --version ${own} && cd /var/lib/relaypoint-dp-agent &&
       printf '${config.replaceAll('\n', '\\n')}' > config.yaml && chown relaypoint-dp config.yaml`,
    );
    if (installed.code !== 0) throw new Error(installed.text);
    await stack.api.ok('POST', '/distribution-points/bare/enable', {});
    // what a DP is heard of is told once in so many seconds
    await stack.api.ok('PATCH', '/distribution-points/bare/settings', { pollInterval: 5 });
    const account = { label: 'Bare', tenant: 'default', username: 'nobody', password: 'not used', order: 1 };
    await stack.api.ok('POST', '/accounts', { ...account, scope: { dps: ['bare'] } });
    machine.start(
      `exec runuser -u relaypoint-dp -- env RELAYPOINT_DP_TRIAL_SECONDS=${TRIAL} relaypoint-dp run`,
    );
    await eventually(
      async () => {
        const { agent, lastSeen } = await dp();
        if (agent.version !== own || lastSeen === null) throw new Error(`it runs ${agent.version}`);
      },
      { timeoutMs: 60_000 },
    );
  });
  afterAll(async () => {
    machine?.stop();
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const dp = (): Promise<Dp> => stack.api.ok<Dp>('GET', '/distribution-points/bare');
  const want = (agentVersion: string | null) =>
    stack.api.ok('PATCH', '/distribution-points/bare/settings', { agentVersion });
  const orders = async () =>
    (await stack.api.ok<{ items: { state: string; attempt: number }[] }>('GET', '/orders?dp=bare')).items;

  it('is refused a version that nobody offers, with those that are', async () => {
    const answer = await stack.api.call('PATCH', '/distribution-points/bare/settings', {
      agentVersion: '9.9.9',
    });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain(newer);
  });

  it('does so between orders, and none is interrupted', async () => {
    await publishSlowClient();
    const names = Array.from({ length: COMPUTERS }, (_, n) => `slow-0${n}`);
    await stack.importCsv(['name', ...names, ''].join('\n'), 'bare');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?q=slow-');
    await stack.api.ok('POST', '/computers/release', { computers: items.map(({ id }) => id) });
    await eventually(async () => expect((await orders()).map(({ state }) => state)).toContain('running'), {
      timeoutMs: 60_000,
    });

    await want('newest');
    const waits = await eventually(
      async () => {
        const seen = await dp();
        expect(seen.agent.update?.state ?? seen.agent.version).toMatch(new RegExp(`^(?:waiting|${newer})$`));
        return seen;
      },
      { timeoutMs: 90_000 },
    );
    expect(waits.wantedAgentVersion).toBe(newer);
    await eventually(async () => expect((await dp()).agent).toMatchObject({ version: newer, update: null }), {
      timeoutMs: 60_000,
    });
    await eventually(
      async () => expect((await orders()).map(({ state }) => state)).toEqual(names.map(() => 'succeeded')),
      { timeoutMs: 90_000 },
    );
    expect((await orders()).map(({ attempt }) => attempt)).toEqual(names.map(() => 1));
  });

  it.each([
    ['7.1.0', 'crashes when it starts', 'DID_NOT_START', 'code 3', script('exit 3')],
    ['7.2.0', 'hangs', 'DID_NOT_START', 'code 137', script('exec sleep 600')],
    [
      '7.3.0',
      'does not run on this machine',
      'WRONG_PLATFORM',
      'GLIBC',
      '#!/bin/sh\necho GLIBC_2.99 not found >&2; exit 1\n',
    ],
    [
      '7.4.0',
      'finds something wrong',
      'DOCTOR',
      'FAIL clock',
      script('exit 3', 'echo "FAIL  clock: 70 s"; exit 1'),
    ],
  ])('goes back from %s, which %s, and says why', async (version, _, code, text, node) => {
    offer(version, node.replaceAll('VERSION', version));
    await want(version);
    await eventually(
      async () => {
        expect((await dp()).agent).toMatchObject({
          version: newer,
          update: { version, state: 'failed', code, text: expect.stringContaining(text) as string },
        });
      },
      { timeoutMs: 90_000 },
    );
    const { lastSeen, alerts } = await dp();
    expect(alerts.map((alert) => alert.code)).toContain('AGENT_UPDATE_FAILED');
    // and it goes on asking
    await eventually(async () => expect((await dp()).lastSeen).not.toBe(lastSeen), { timeoutMs: 90_000 });
  });

  it('takes nothing that was changed on the way', async () => {
    const path = offer('7.5.0', script('exit 3'));
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
    writeFileSync(path, bytes);
    await want('7.5.0');
    await eventually(
      async () =>
        expect((await dp()).agent).toMatchObject({
          version: newer,
          update: { version: '7.5.0', state: 'failed', code: 'DIGEST_MISMATCH' },
        }),
      { timeoutMs: 60_000 },
    );
  });

  it('goes back to an older version that is named', async () => {
    await want(own);
    await eventually(async () => expect((await dp()).agent).toMatchObject({ version: own, update: null }), {
      timeoutMs: 90_000,
    });
    await want('none');
    await eventually(async () => expect((await dp()).wantedAgentVersion).toBeNull());
  });

  /** In the place of a version's Node: it is fine when it is looked at, and then does as told. */
  function script(run: string, doctor = 'exit 0'): string {
    return `#!/bin/sh
case "$*" in
  --version) echo v24 ;;
  *" help") echo "relaypoint-dp VERSION: the agent" ;;
  *" doctor "*) ${doctor} ;;
  *) ${run} ;;
esac
`;
  }

  /** Offers a version that consists of little but its Node; the path of its archive. */
  function offer(version: string, node: string): string {
    const content = pathOf(folder, version);
    mkdirSync(pathOf(content, 'bin'), { recursive: true });
    writeFileSync(pathOf(content, 'bin/node'), node);
    chmodSync(pathOf(content, 'bin/node'), 0o755);
    // by this it is seen that it knows of trials
    const update = pathOf(content, 'app/dist/apps/dp-agent/src/update');
    mkdirSync(update, { recursive: true });
    writeFileSync(pathOf(update, 'launch.js'), '');
    const name = `relaypoint-dp-${version}-linux-${process.arch}.tar.gz`;
    const path = pathOf(agents, name);
    execFileSync('tar', ['-czf', path, '-C', content, '.']);
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const files = [{ arch: process.arch, kind: 'tar', name, size: bytes.length, sha256 }];
    writeFileSync(pathOf(agents, `bundle-${version}.json`), JSON.stringify({ version, files }));
    return path;
  }

  /** The client of this project, whose installation takes a while. */
  async function publishSlowClient(): Promise<void> {
    const out = pathOf(folder, 'client');
    const content = pathOf(folder, 'slow-client');
    mkdirSync(content);
    execFileSync(process.execPath, ['tools/client-pack.mjs', '--out', out]);
    const name = readdirSync(out).find((file) => file.endsWith('.tar.gz')) ?? '';
    const version = /client-(.+)-linux/.exec(name)?.[1] ?? '';
    execFileSync('tar', ['-xzf', pathOf(out, name), '-C', content]);
    renameSync(pathOf(content, 'install.sh'), pathOf(content, 'install-fast.sh'));
    writeFileSync(
      pathOf(content, 'install.sh'),
      '#!/bin/sh\nsleep 3\nexec "$(dirname "$0")/install-fast.sh" "$@"\n',
    );
    chmodSync(pathOf(content, 'install.sh'), 0o755);
    execFileSync('tar', ['-czf', pathOf(out, name), '-C', content, '.']);
    await stack.api.ok('POST', '/client-releases', {
      version,
      platforms: { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [194] } },
    });
    await stack.api.ok('PUT', `/client-releases/${version}/files/linux`, readFileSync(pathOf(out, name)), {
      'content-type': 'application/octet-stream',
      'x-file-name': name,
    });
    await stack.api.ok('PATCH', `/client-releases/${version}`, { state: 'published', default: true });
  }
});
