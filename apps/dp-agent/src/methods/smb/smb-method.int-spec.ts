import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WireOrder, WireRelease } from '#contract';
import { describeAsRoot } from '../../../../../tools/testing/as-root.js';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { WindowsSite } from '../../../testing/windows.js';
import { succeeded } from '../../../testing/succeeded.js';

// The agent as a process, installing the real client on a Windows computer in a domain: Samba and Wine.
jest.setTimeout(600_000);

const soon = <T>(look: () => T | Promise<T>) => eventually(look, { timeoutMs: 90_000 });

let site: WindowsSite;
let old: WireRelease;
beforeAll(async () => {
  site = await WindowsSite.start();
  old = await site.release('1.4.0');
});
afterAll(() => site.stop());

const status = async () => {
  const program = 'C:\\Program Files\\Relaypoint Client\\relaypoint-client.exe';
  return site.windows.exec(1, program, ['status']);
};
/** How often the computer has been off since it is there; fails while it is. */
const restarts = async () =>
  Number(await site.windows.shell(1, '[ -e /run/windows/1/up ] && cat /run/windows/1/runs'));
const uninstall = (): WireOrder =>
  site.order(1, { kind: 'uninstall-client', release: null, registration: null });

describeAsRoot('the method smb', () => {
  it('installs the real client, which registers itself once it knows that a restart is due', async () => {
    const order = site.order(1, { release: await site.release('1.4.0', 'RESTART_AFTER=1') });
    const report = await site.outcome(order);
    expect(succeeded(report)).toMatchObject({
      state: 'succeeded',
      result: 'RESTART_REQUIRED',
      accounts: [{ account: 'acc-deploy', result: 'OK' }],
      facts: {
        method: 'smb',
        login: 'kerberos',
        os: 'Windows',
        arch: 'x64',
        hostname: expect.stringMatching(/^PC-1$/i),
        bootId: expect.stringMatching(/./),
        clientVersion: '1.4.0',
      },
    });
    expect(report.log).toContain('3010');
    const phases = site.gateway.reportsOf(order.order).map(({ phase }) => phase);
    expect([...new Set(phases)]).toEqual([undefined, 'reach', 'auth', 'stage', 'check', 'install']);
    await soon(() => expect(site.gateway.registeredAs('PC-1')).toHaveLength(1));
    expect(site.gateway.registeredAs('PC-1')[0]).toMatchObject({ restartRequired: true });
    expect(await status()).toMatch(/1\.4\.0/);
  });

  it('leaves nothing of it but how it ended, which counts when the order comes again to a DP that lost its journal', async () => {
    const order = site.order(1, { release: old });
    expect(succeeded(await site.outcome(order))).toMatchObject({
      state: 'succeeded',
      result: 'ALREADY_INSTALLED',
    });
    const name = `RelaypointPush-${order.order}-1`;
    await soon(async () => {
      const { files, services } = await site.left(1);
      expect(files.filter((file) => file.includes(name)).sort()).toEqual([name, `${name}/result.json`]);
      expect(services).not.toContain(name);
    });
    await site.agent.stop('SIGKILL');
    await site.join();
    // a DP has other keys then
    site.gateway.give({ ...order, fence: 2, accounts: [site.account('deploy')] });
    const reports = () => site.gateway.reportsOf(order.order);
    await soon(() => expect(reports().at(-1)).toMatchObject({ fence: 2, state: 'succeeded', result: 'OK' }));
    expect(reports().filter(({ phase, state }) => phase === 'stage' && state === 'progress')).toHaveLength(1);
  });

  it('says what the installer’s failure was, and that the computer was left as it is', async () => {
    const report = await site.outcome(
      site.order(1, { kind: 'reinstall', release: await site.release('1.5.0', 'TESTFAIL=1') }),
    );
    expect(report).toMatchObject({
      state: 'failed',
      phase: 'install',
      failure: { code: 'INSTALLER_FAILED', native: { system: 'exit', code: '1603' } },
      facts: { clientVersion: '1.4.0' },
    });
  });

  it('updates in place, and leaves a newer client alone', async () => {
    const report = await site.outcome(site.order(1, { release: await site.release('1.5.0') }));
    expect(succeeded(report)).toMatchObject({
      state: 'succeeded',
      result: 'OK',
      facts: { clientVersion: '1.5.0' },
    });
    expect(await site.outcome(site.order(1, { release: old }))).toMatchObject({ result: 'NEWER_INSTALLED' });
    expect(await status()).toMatch(/1\.5\.0/);
  });

  it('takes a computer by each of the names that the order has for it', async () => {
    const { fqdn, address } = site.windows.computer(1);
    // the one in DNS is right; what it is called in the import was cut, or is old
    const computer = { name: 'PC-9', fqdn, address };
    const release = await site.release('1.5.0');
    const report = await site.outcome(site.order(1, { kind: 'reinstall', release, computer }));
    expect(succeeded(report)).toMatchObject({ state: 'succeeded', facts: { clientVersion: '1.5.0' } });
  });

  it('looks whether a computer answers, without an account', async () => {
    const probe = site.order(1, { kind: 'probe', accounts: [], registration: null });
    expect(succeeded(await site.outcome(probe))).toMatchObject({ state: 'succeeded', result: 'OK' });
  });

  it.each<[string, Partial<WireOrder>, string[]]>([
    ['by an order of its own', { kind: 'restart', registration: null }, []],
    [
      'after an installation that wants it',
      { kind: 'reinstall', restart: 'when-required' },
      ['RESTART_AFTER=1'],
    ],
  ])('restarts the computer %s', async (_, changes, args) => {
    await site.isIdle();
    const before = await restarts();
    const release = args.length > 0 ? await site.release('1.5.0', ...args) : null;
    const report = await site.outcome(site.order(1, { release, ...changes }));
    expect(succeeded(report)).toMatchObject({ state: 'succeeded', result: 'RESTART_STARTED' });
    await soon(async () => expect(await restarts()).toBe(before + 1));
    await site.cleaned(1);
    await site.isIdle();
  });

  it('uninstalls the client, and has nothing to do where there is none', async () => {
    expect(succeeded(await site.outcome(uninstall()))).toMatchObject({ state: 'succeeded', result: 'OK' });
    expect(() =>
      readFileSync(join(site.windows.computer(1).drive, 'Program Files/Relaypoint Client/VERSION')),
    ).toThrow('ENOENT');
    expect(succeeded(await site.outcome(uninstall()))).toMatchObject({ state: 'succeeded', result: 'OK' });
    await site.cleaned(1);
  });
});
