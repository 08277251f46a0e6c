import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../tools/testing/eventually.js';
import { Stack, type TestDp } from './support/stack.js';

interface Machine {
  id: string;
  keyFingerprint: string;
  state: string;
  idle: boolean;
  lastSeen: string | null;
  accountsToEnter: { id: string }[];
}

interface PairView {
  state: string;
  machines: Machine[];
  alerts: { code: string }[];
}

const COMPUTERS = 50;
/** Installs of the machine that is killed that are to be under way then. */
const UNDER_WAY = 3;

/** Leaves a line for each time it is run, and takes long enough to be killed in. */
const INSTALLER = '#!/bin/sh\necho installed >> "$RELAYPOINT_ROOT/installs"\nsleep 2\n';

/** Two real agents at one queue, in front of folders that both of them reach. */
describe('a DP of two machines', () => {
  let stack: Stack;
  let first: TestDp;
  let second: TestDp;
  let account: string;
  let root: string;

  beforeAll(async () => {
    stack = await Stack.start();
    root = join(stack.folder, 'computers');
    mkdirSync(root);
    await stack.api.ok('PATCH', '/settings', { pollInterval: 5, concurrency: COMPUTERS, accountLogins: 0 });
    await publish();
    first = await stack.addDp('site', config());
    const wish = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    account = (await stack.api.ok<{ id: string }>('POST', '/accounts', wish)).id;
  }, 120_000);

  afterAll(async () => {
    await stack?.stop();
  }, 60_000);

  const config = (): string => `methods: [local]\nlocal:\n  root: ${root}\nconcurrency: 5\n`;

  const publish = async (): Promise<void> => {
    const folder = join(stack.folder, 'release');
    mkdirSync(folder);
    writeFileSync(join(folder, 'install.sh'), INSTALLER, { mode: 0o755 });
    const archive = join(stack.folder, 'release.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', folder, '.']);
    const platforms = { linux: { install: './install.sh', args: [], successCodes: [0], restartCodes: [] } };
    await stack.api.ok('POST', '/client-releases', { version: '1.0.0', platforms });
    await stack.api.ok('PUT', '/client-releases/1.0.0/files/linux', readFileSync(archive), {
      'content-type': 'application/octet-stream',
      'x-file-name': 'release.tar.gz',
    });
    await stack.api.ok('PATCH', '/client-releases/1.0.0', { state: 'published', default: true });
  };

  const pair = (): Promise<PairView> => stack.api.ok<PairView>('GET', '/distribution-points/site');

  const installs = (): number[] =>
    readdirSync(root).map((name) => {
      const file = join(root, name, 'installs');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').length : 0;
    });

  const accepted = ({ agent }: TestDp): number => agent.log().match(/order accepted/g)?.length ?? 0;

  it('lets a second machine in by a line of its own, and gives it nothing before it is enabled and can open the accounts', async () => {
    second = await stack.addMachine('site', config());
    expect((await pair()).machines).toMatchObject([
      { state: 'enabled', idle: false },
      { state: 'enabled', idle: true, accountsToEnter: [{ id: account }] },
    ]);
    await stack.api.ok('PATCH', `/accounts/${account}`, { password: 'p' });
    expect((await pair()).machines).toMatchObject([{ idle: false }, { idle: false, accountsToEnter: [] }]);
  }, 60_000);

  it('shares the work, and finishes each install once when one machine is killed in the middle', async () => {
    const names = Array.from({ length: COMPUTERS }, (_, i) => `pc-${i + 1}`);
    await stack.importCsv(`name\n${names.join('\n')}\n`, 'site');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?limit=100');
    await stack.api.ok('POST', '/computers/release', { computers: items.map(({ id }) => id) });

    const [{ id: killed } = { id: '' }] = (await pair()).machines;
    await eventually(
      async () => {
        const done = await stack.ground.find('orders', { state: 'succeeded' });
        const its = await stack.ground.find('orders', { state: 'running', 'lease.machine': killed });
        expect(done.length).toBeGreaterThanOrEqual(10);
        expect(its.length).toBeGreaterThanOrEqual(UNDER_WAY);
      },
      { timeoutMs: 90_000 },
    );
    await first.agent.kill();
    const left = await stack.ground.find('orders', { 'lease.machine': killed });
    expect(left.length).toBeGreaterThanOrEqual(UNDER_WAY);
    // what would take a minute and a half to come
    const past = new Date(Date.now() - 1000);
    await stack.ground.set('orders', { 'lease.machine': killed }, { 'lease.until': past, wakeAt: past });

    await eventually(
      async () => expect(await stack.ground.find('orders', { state: 'succeeded' })).toHaveLength(COMPUTERS),
      { timeoutMs: 120_000 },
    );
    expect(installs()).toEqual(names.map(() => 1));
    expect(accepted(first)).toBeGreaterThanOrEqual(UNDER_WAY);
    expect(accepted(second)).toBeGreaterThanOrEqual(UNDER_WAY);
    const passed = await stack.ground.find('orders', { _id: { $in: left.map(({ _id }) => _id) } });
    for (const order of passed) expect(order).toMatchObject({ attempt: 1, result: 'OK' });
  }, 240_000);

  it('has the killed machine do nothing twice when it comes back', async () => {
    const before = (await pair()).machines[0]?.lastSeen ?? '';
    first.agent.start();
    await eventually(async () => expect((await pair()).machines[0]?.lastSeen ?? '').not.toBe(before), {
      timeoutMs: 60_000,
    });
    // the orders of its journal are lost to it with the first answer; nothing of them is begun
    await eventually(() => expect(first.agent.log()).toContain('lease lost, the order is left'));
    expect(installs()).toEqual(Array.from({ length: COMPUTERS }, () => 1));
    expect(await stack.ground.find('orders', { state: 'succeeded' })).toHaveLength(COMPUTERS);
    expect(await stack.deadLetters()).toEqual({});
  }, 90_000);

  it('goes on with one machine when the other is removed, which gets nothing any more', async () => {
    const [removed, stays] = (await pair()).machines;
    await stack.api.ok('DELETE', `/distribution-points/site/machines/${removed?.id}`);
    expect((await pair()).machines).toMatchObject([{ id: stays?.id, state: 'enabled', idle: false }]);
    await eventually(() => expect(first.agent.log()).toContain('UNAUTHENTICATED'), { timeoutMs: 60_000 });
    await stack.importCsv('name\nlast\n', 'site');
    const { items } = await stack.api.ok<{ items: { id: string }[] }>('GET', '/computers?q=last');
    await stack.api.ok('POST', '/computers/release', { computers: items.map(({ id }) => id) });
    await eventually(
      async () =>
        expect(await stack.ground.find('orders', { state: 'succeeded' })).toHaveLength(COMPUTERS + 1),
      { timeoutMs: 60_000 },
    );
  }, 150_000);
});
