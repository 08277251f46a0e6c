import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../tools/testing/eventually.js';
import { expectServerErrors } from '../tools/testing/server-errors.js';
import { DrillSite, liveAsClient, type DrillClient } from './support/drill-site.js';
import { ForeignDp } from './support/foreign-dp.js';
import { runToEnd } from './support/processes.js';
import { Stack } from './support/stack.js';

const ADMIN = 'dist/apps/admin/src/main.js';
const SITES = ['north', 'south'];
const COMPUTERS_PER_SITE = 20;
/** Computers of the DP with the product's own agent. */
const OF_AGENT = 5;
const ALL = SITES.length * COMPUTERS_PER_SITE + OF_AGENT;
const PASSPHRASE = 'correct horse battery staple';

interface ComputerView {
  id: string;
  name: string;
  state: string;
}

/**
 * The drill: a backup under load, the world goes on, everything at the centre is lost, restore, go on. DPs, computers and
 * clients know nothing of it.
 */
describe('a backup that was made under load', () => {
  let stack: Stack;
  let sites: DrillSite[];
  let backup: string;
  const stopping = new AbortController();

  // the gateway's answer while there is no server
  expectServerErrors(500, 502, 503);

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.publishClient();
    await stack.api.ok('PATCH', '/settings', { accountLogins: 0 });
    sites = await Promise.all(SITES.map((id) => site(id)));
    await stack.addDp('east', agentConfig());
    const account = { label: 'a', tenant: 'default', username: 'u', password: 'p', order: 1, scope: 'all' };
    await stack.api.ok('POST', '/accounts', account);
    for (const id of SITES) await stack.importCsv(`name\n${names(id, COMPUTERS_PER_SITE).join('\n')}\n`, id);
    await stack.importCsv(`name\n${names('east', OF_AGENT).join('\n')}\n`, 'east');
    for (const one of sites) one.dp.start();
    void wakeClients();
  }, 180_000);

  afterAll(async () => {
    stopping.abort();
    await Promise.all((sites ?? []).map((one) => one.stop()));
    await stack?.stop();
  }, 60_000);

  it('brings everything back: each computer is installed once, nothing is lost, nothing hangs', async () => {
    await releaseAll();
    await eventually(() => expect(installed()).toBeGreaterThan(3), { timeoutMs: 60_000 });
    backup = join(stack.folder, 'drill.backup');
    await killBackupMidway();
    const made = await admin('backup', '--to', backup);
    expect(made).toMatchObject({ code: 0 });
    const atBackup = installed();
    await eventually(() => expect(installed()).toBeGreaterThan(atBackup + 5), { timeoutMs: 60_000 });
    await letJournalsGetAhead();
    await loseEverything();
    const sinceBackup = installed() - atBackup;

    expect(await admin('verify', '--from', backup)).toMatchObject({ code: 0 });
    await killRestoreMidway();
    await refuseToStart();
    expect(await admin('restore', '--from', backup)).toMatchObject({ code: 0 });
    await startAgain();

    await eventually(
      async () => {
        const computers = await allComputers();
        const open = computers
          .filter(({ state }) => state !== 'ready')
          .map(({ name, state }) => `${name} ${state}`);
        expect(open).toEqual([]);
        expect(computers).toHaveLength(ALL);
      },
      { timeoutMs: 300_000 },
    );
    const twice = sites.flatMap(({ computers }) =>
      [...computers].filter(([, { installations }]) => installations !== 1).map(([name]) => name),
    );
    expect(twice).toEqual([]);
    expect(agentInstallations().toSorted()).toEqual(names('east', OF_AGENT).toSorted());
    expect(sites.flatMap(({ dp }) => dp.faults)).toEqual([]);
    for (const state of ['planned', 'queued', 'leased', 'running', 'cancelling'])
      expect(await ordersIn(state)).toEqual([]);
    expect(await stack.deadLetters()).toEqual({});
    expect(sinceBackup).toBeGreaterThan(0);
    await logIn();
  }, 600_000);

  const admin = (...args: string[]): Promise<{ code: number | null; output: string }> =>
    runToEnd(ADMIN, args, adminEnv());

  const start = (...args: string[]): ChildProcess =>
    spawn(process.execPath, [ADMIN, ...args], {
      env: { PATH: process.env['PATH'], ...adminEnv() },
      stdio: 'ignore',
    });

  const adminEnv = (): Record<string, string> => ({
    MONGODB_URI: stack.ground.mongodbUri,
    MONGODB_STAND_IN: process.env['MONGODB_STAND_IN'] ?? '0',
    RELAYPOINT_STATE: join(stack.folder, 'state'),
    RELAYPOINT_BACKUP_PASSPHRASE: PASSPHRASE,
  });

  const names = (site: string, count: number): string[] =>
    Array.from({ length: count }, (_, n) => `${site}-${n + 1}`.toUpperCase());

  const site = async (id: string): Promise<DrillSite> => {
    const wire = new ForeignDp(id, stack.gatewayUrls[0] ?? '');
    const wish = { id, name: id, tenant: null };
    const { joinToken } = await stack.api.ok<{ joinToken: string }>('POST', '/distribution-points', wish);
    await wire.enrol(joinToken);
    await stack.api.ok('POST', `/distribution-points/${id}/enable`, { keyFingerprint: wire.fingerprint });
    return new DrillSite(wire, { least: 1, most: 4 }, new Set(names(id, COMPUTERS_PER_SITE).slice(-8)));
  };

  const installed = (): number =>
    sites
      .flatMap(({ computers }) => [...computers.values()])
      .reduce((sum, { installations }) => sum + installations, 0);

  /** The product's own agent, with a program of its site that notes what it does. */
  const agentConfig = (): string => {
    const program = join(stack.folder, 'install.mjs');
    writeFileSync(program, INSTALL);
    mkdirSync(eastFolder());
    return `methods: [command]\nconcurrency: 2\ncommand:\n  run: [${process.execPath}, ${program}, ${eastFolder()}]\n`;
  };
  const eastFolder = (): string => join(stack.folder, 'east');
  const agentInstallations = (): string[] =>
    readFileSync(join(eastFolder(), 'installed'), 'utf8').trim().split('\n');
  /** Clients that the agent's program has left come to life. */
  const wakeClients = async (): Promise<void> => {
    const awake = new Set<string>();
    while (!stopping.signal.aborted) {
      for (const name of readdirSync(eastFolder()).filter(
        (one) => one.endsWith('.client') && !awake.has(one),
      )) {
        awake.add(name);
        const client = JSON.parse(readFileSync(join(eastFolder(), name), 'utf8')) as DrillClient;
        void liveAsClient(client, stopping.signal);
      }
      await pause(200);
    }
  };

  const allComputers = async (): Promise<ComputerView[]> =>
    (await stack.api.ok<{ items: ComputerView[] }>('GET', '/computers?limit=500')).items;

  const releaseAll = async (): Promise<void> => {
    const computers = (await allComputers()).map(({ id }) => id);
    await stack.api.ok('POST', '/computers/release', { computers });
  };

  const ordersIn = async (state: string): Promise<{ id: string; attempt: number }[]> =>
    (
      await stack.api.ok<{ items: { id: string; attempt: number }[] }>(
        'GET',
        `/orders?state=${state}&limit=500`,
      )
    ).items;

  /** Second attempts that come to an end after the backup, which knows of the first ones at most. */
  const letJournalsGetAhead = async (): Promise<void> => {
    await eventually(
      async () => {
        for (const { id } of await ordersIn('planned'))
          await stack.api.call('POST', `/orders/${id}/retry`, {});
        expect(failedOnce().filter(({ installations }) => installations > 0).length).toBeGreaterThan(1);
      },
      { timeoutMs: 60_000 },
    );
  };
  const failedOnce = (): { installations: number; failures: number }[] =>
    sites.flatMap(({ computers }) => [...computers.values()].filter(({ failures }) => failures > 0));

  /** Machines, database, broker and state folder of the centre. */
  const loseEverything = async (): Promise<void> => {
    const { servers, gateways, importer } = stack;
    await Promise.all([...servers, ...gateways, ...(importer ? [importer] : [])].map((one) => one.kill()));
    for (const { name } of await collections()) await stack.ground.remove(name, {});
    await stack.ground.wipeVhost();
    rmSync(join(stack.folder, 'state'), { recursive: true });
  };
  const collections = async (): Promise<{ name: string }[]> =>
    [...(await stack.ground.everything()).keys()].map((name) => ({ name }));

  const killBackupMidway = async (): Promise<void> => {
    const made = start('backup', '--to', backup);
    const ended = once(made, 'exit');
    const unfinished = (): string[] =>
      readdirSync(stack.folder).filter((name) => name.endsWith('.unfinished'));
    while (unfinished().length === 0 && made.exitCode === null) await pause(2);
    made.kill('SIGKILL');
    await ended;
    // what was written has another name
    expect(unfinished()).toHaveLength(1);
    expect(existsSync(backup)).toBe(false);
  };

  const killRestoreMidway = async (): Promise<void> => {
    const restore = start('restore', '--from', backup);
    const ended = once(restore, 'exit');
    while ((await stack.ground.find('maintenance', {})).length === 0 && restore.exitCode === null)
      await pause(5);
    restore.kill('SIGKILL');
    await ended;
    expect(await stack.ground.find('maintenance', {})).toHaveLength(1);
  };

  const refuseToStart = async (): Promise<void> => {
    const [server] = stack.servers;
    server?.start();
    await eventually(() => expect(server?.isRunning).toBe(false), { timeoutMs: 60_000 });
    expect(server?.log()).toContain('a restore of drill.backup into this database was begun');
  };

  const startAgain = async (): Promise<void> => {
    const { servers, gateways, importer } = stack;
    for (const program of [...servers, ...gateways, ...(importer ? [importer] : [])]) program.start();
    for (const url of [...stack.serverUrls, ...stack.gatewayUrls]) await stack.ready(url);
  };

  const logIn = async (): Promise<void> => {
    const answer = await fetch(`${stack.serverUrls[0]}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'admin', password: stack.adminPassword }),
    });
    expect(answer.status).toBeLessThan(300);
  };
});

/** Installs nothing, notes that it did, and leaves what its client needs. */
const INSTALL = `
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
const [folder, file] = process.argv.slice(2);
const { computer, release } = JSON.parse(readFileSync(file, 'utf8'));
let secrets = '';
for await (const piece of process.stdin) secrets += piece;
const { registration } = JSON.parse(secrets);
await pause(2000);
appendFileSync(folder + '/installed', computer.name.toUpperCase() + '\\n');
const client = folder + '/' + computer.name;
writeFileSync(client + '.new', JSON.stringify({ name: computer.name, version: release.version, registration }));
renameSync(client + '.new', client + '.client');
process.stdout.write(JSON.stringify({ result: 'OK' }));
`;
