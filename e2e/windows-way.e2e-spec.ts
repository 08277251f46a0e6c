import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { eventually } from '../tools/testing/eventually.js';
import { windowsSetup } from '../tools/testing/windows-client.js';
import { TestWindows } from '../tools/testing/windows.js';
import { Stack } from './support/stack.js';

const VERSION = '1.4.0';
/** The installation says 3010: a restart is due. */
const ARGS = ['RESTART_AFTER=1'];

interface ComputerView {
  id: string;
  state: string;
  dp: { fixed: string | null; assigned: string | null };
  inventory: { os: string | null };
  client: { version: string } | null;
}

/** A Windows computer, from the directory to ready: Samba and Wine are the computer, everything else is the product. */
describeAsRoot('the way of a Windows computer', () => {
  let windows: TestWindows;
  let stack: Stack;

  beforeAll(async () => {
    windows = await TestWindows.start();
    stack = await Stack.start({
      publicHost: windows.hostAddress,
      within: (command, args) => windows.withNames(command, args),
    });
    await stack.api.ok('PATCH', '/settings', { pollInterval: 5 });
    const domain = { realm: windows.realm, name: windows.domain, kdc: [windows.controller.address] };
    await stack.addDp('berlin', `methods: [ssh, smb]\nsmb: ${JSON.stringify({ domains: [domain] })}\n`);
  }, 400_000);

  afterAll(async () => {
    await stack?.stop();
    await windows?.stop();
  }, 120_000);

  const computer = async (state: string): Promise<ComputerView> =>
    eventually(
      async () => {
        const { items } = await stack.api.ok<{ items: ComputerView[] }>('GET', '/computers?q=pc-1');
        const [found] = items;
        if (found?.state !== state) throw new Error(JSON.stringify(found));
        return found;
      },
      { timeoutMs: 120_000 },
    );

  const publishClient = async (): Promise<void> => {
    const { setup, platform } = await windowsSetup(VERSION);
    const runs = { install: basename(setup), args: ARGS, successCodes: [0], restartCodes: [3010, 1641] };
    await stack.api.ok('POST', '/client-releases', { version: VERSION, platforms: { [platform]: runs } });
    const file = `/client-releases/${VERSION}/files/${platform}`;
    await stack.api.ok('PUT', file, readFileSync(setup), {
      'content-type': 'application/octet-stream',
      'x-file-name': basename(setup),
    });
    await stack.api.ok('PATCH', `/client-releases/${VERSION}`, { state: 'published', default: true });
  };

  const importFromDomain = async (): Promise<void> => {
    const { username, password } = windows.administrator;
    const base = windows.realm
      .split('.')
      .map((part) => `DC=${part}`)
      .join(',');
    const { id } = await stack.api.ok<{ id: string }>('POST', '/directories', {
      name: 'hq',
      tenant: 'default',
      url: `ldaps://${windows.controller.fqdn}`,
      caPem: windows.ca,
      bindDn: `${username}@${windows.realm}`,
      bindPassword: password,
      bases: [`CN=Computers,${base}`],
    });
    const run = await stack.api.ok<{ id: string }>('POST', '/imports', {
      source: 'ad',
      tenant: 'default',
      directory: id,
      dp: 'berlin',
    });
    // the domain has computers that are switched off, too
    const { counts } = await stack.runState(run.id, 'previewed');
    expect(counts).toMatchObject({ new: expect.any(Number), rejected: 0 });
    await stack.api.ok('POST', `/imports/${run.id}/commit`, {});
    await stack.runState(run.id, 'committed');
  };

  it('leads from the Active Directory by SMB and the MSI to a restart and ready', async () => {
    await publishClient();
    await importFromDomain();
    const imported = await computer('imported');
    expect(imported).toMatchObject({ dp: { fixed: 'berlin' }, inventory: { os: 'Windows 11 Pro' } });
    await stack.api.ok('POST', '/accounts', {
      label: 'Installation',
      tenant: 'default',
      username: 'deploy',
      domain: windows.domain,
      password: windows.password,
      order: 1,
      scope: 'all',
    });
    const released = await stack.api.ok<{ results: { order: string }[] }>('POST', '/computers/release', {
      computers: [imported.id],
    });
    const order = `/orders/${released.results[0]?.order}`;

    const restarting = await computer('pending-restart');
    expect(restarting).toMatchObject({ dp: { fixed: null }, client: { version: VERSION } });
    await eventually(async () => {
      expect(await stack.api.ok('GET', order)).toMatchObject({
        state: 'succeeded',
        result: 'RESTART_REQUIRED',
        attempt: 1,
      });
    });

    await windows.restart(1);
    await computer('ready');
    expect(await stack.deadLetters()).toEqual({});
  }, 300_000);
});
