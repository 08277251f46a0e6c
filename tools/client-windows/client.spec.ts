/**
 * The Windows client itself, in Wine: pushed as a distribution point does it, as a service of Windows that runs the
 * Windows installer, against an HTTP server that plays the client API.
 *
 * @needs peers
 */
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describeAsRoot } from '../testing/as-root.js';
import { eventually } from '../testing/eventually.js';
import { whyNoWindowsSetup, windowsSetup } from '../testing/windows-client.js';
import { sealRegistration } from '../testing/windows-registration.js';
import { WineComputer } from '../testing/wine.js';
import { WINDOWS_SOURCES, type WindowsRelease } from './build.js';
import { findGo, goEnvironment, run } from './programs.js';

interface Call {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Record<string, unknown>;
}
interface PushResult {
  readonly outcome: string;
  readonly code?: number;
  readonly failure?: string;
  readonly text: string;
  readonly facts: Record<string, string>;
}
interface Push {
  readonly release?: WindowsRelease;
  readonly do?: string;
  readonly registration?: string;
  readonly order?: object;
}

const PATIENCE = { timeoutMs: 120_000, intervalMs: 100 };
const TOKEN = 'o1.tok-en_0123456789abcdef';
const SECRET = 'c1.se-cret_0123456789abcdef';
const CLIENT = 'RelaypointClient';
const CURRENT_VERSION = 'HKLM\\Software\\Microsoft\\Windows\\CurrentVersion';
const SESSION_MANAGER = 'HKLM\\System\\CurrentControlSet\\Control\\Session Manager';
const UNINSTALL = `${CURRENT_VERSION}\\Uninstall`;
const NOBODY = 65_534;
const STOPPED = 1;
const RUNNING = 4;

const lacking = whyNoWindowsSetup();
if (lacking !== undefined) console.log(`skipped: ${lacking}`);
const describeWithGo = lacking === undefined ? describeAsRoot : describe.skip;

describeWithGo('a Windows computer', () => {
  let computer: WineComputer;
  let server: Server;
  let url: string;
  let v14: WindowsRelease;
  let v15: WindowsRelease;
  let calls: Call[] = [];
  let pushes = 0;

  beforeAll(async () => {
    [v14, v15] = [await windowsSetup('1.4.0'), await windowsSetup('1.5.0')];
    computer = await WineComputer.start();
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const { url: path = '' } = request;
        const { authorization } = request.headers;
        calls.push({ path, authorization, body: JSON.parse(text) as Record<string, unknown> });
        const registers = path.endsWith('/register');
        const answer = registers
          ? { computer: 'c1', secret: SECRET, contactAfter: 1, dp: null }
          : { state: 'ready', dp: 'berlin', server: 'http://s', contactAfter: 1 };
        response.writeHead(registers ? 201 : 200).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/client/v1/register`;
  });
  afterAll(async () => {
    await computer?.stop();
    await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
  });
  beforeEach(() => (calls = []));

  const registrations = () => calls.filter(({ path }) => path.endsWith('/register'));
  const pushed = (name: string, file: string) => computer.onC(join('windows/Relaypoint', name, file));
  const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  const keyOf = (name: string) =>
    eventually(() => (read(pushed(name, 'started')) as { key: string }).key, PATIENCE);

  /** What the agent does: fills a folder, creates and starts a service of its name. */
  async function start({ release, registration, order, do: work = 'install' }: Push): Promise<string> {
    const id = `order-${++pushes}`;
    const name = `RelaypointPush-${id}-1`;
    const folder = computer.onC(`windows/Relaypoint/${name}`);
    mkdirSync(`${folder}.new`, { recursive: true });
    if (release) copyFileSync(release.setup, join(`${folder}.new`, 'setup.exe'));
    writeFileSync(
      join(`${folder}.new`, 'order.json'),
      JSON.stringify({
        v: 1,
        order: id,
        attempt: 1,
        do: work,
        names: ['other', `${hostname()}.corp.example`],
        sha256: release?.sha256 ?? null,
        args: [],
        version: release?.version ?? null,
        allowOlder: false,
        registration: registration !== undefined,
        deadline: new Date(Date.now() + 600_000).toISOString(),
        ...order,
      }),
    );
    renameSync(`${folder}.new`, folder);
    const program = release
      ? `%SystemRoot%\\Relaypoint\\${name}\\setup.exe push`
      : `"C:\\Program Files\\Relaypoint Client\\relaypoint-client.exe" push ${id}-1`;
    await computer.run('sc.exe', 'create', name, 'binPath=', program, 'start=', 'demand');
    await computer.run('sc.exe', 'start', name);
    if (registration !== undefined) {
      const key = await keyOf(name);
      const sealed = sealRegistration(key, id, 1, { url: registration, token: TOKEN });
      writeFileSync(pushed(name, 'registration.sealed'), sealed);
    }
    return name;
  }

  async function resultOf(name: string): Promise<PushResult> {
    const result = await eventually(() => read(pushed(name, 'result.json')) as PushResult, PATIENCE);
    await computer.run('sc.exe', 'delete', name);
    return result;
  }

  const push = async (given: Push) => resultOf(await start(given));

  async function status(): Promise<Record<string, string>> {
    const { output } = await computer.run(
      'C:\\Program Files\\Relaypoint Client\\relaypoint-client.exe',
      'status',
    );
    const pairs = output
      .trim()
      .split(/\r?\n/)
      .map((line) => line.split(/=(.*)/s));
    return Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value]));
  }

  async function installedProducts(): Promise<number> {
    const { output } = await computer.run('reg.exe', 'query', UNINSTALL, '/s');
    return output.match(/DisplayName\s+REG_SZ\s+Relaypoint Client/g)?.length ?? 0;
  }

  it.each([
    ['files', 'TestWhatAnotherProgramHoldsIsWaitedFor'],
    ['machine', 'TestInstallerIsWaitedFor'],
  ])('passes the Go tests of %s', async (name, test) => {
    const found = findGo();
    if ('missing' in found) throw new Error(found.missing);
    const program = computer.onC(`${name}.exe`);
    const env = { ...goEnvironment(), GOOS: 'windows', GOARCH: 'amd64', CGO_ENABLED: '0' };
    await run(found.go, ['test', '-c', '-o', program, `./internal/${name}`], { cwd: WINDOWS_SOURCES, env });
    const { code, output } = await computer.run(`C:\\${name}.exe`, '-test.v');
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringContaining(`PASS: ${test}`) as string,
    });
    rmSync(program);
  });

  it('is rid of what pushes left a month ago, and of nothing else', async () => {
    const folder = (name: string) => computer.onC(join('windows/Relaypoint', name));
    const monthAgo = Date.now() / 1000 - 31 * 86_400;
    for (const name of ['RelaypointPush-old-1', 'RelaypointPush-new-1', 'another']) {
      mkdirSync(folder(name), { recursive: true });
      writeFileSync(join(folder(name), 'setup.exe'), '');
      if (name !== 'RelaypointPush-new-1') utimesSync(folder(name), monthAgo, monthAgo);
    }
    for (const name of ['RelaypointPush-gone-1', 'RelaypointPush-new-1', 'Relaypointless']) {
      await computer.run('sc.exe', 'create', name, 'binPath=', 'C:\\none.exe push', 'start=', 'demand');
      expect(await computer.serviceState(name)).toBe(STOPPED);
    }
    // one that is over, and whose DP did not come back to clean up
    const over = folder('RelaypointPush-over-1');
    mkdirSync(over);
    for (const file of ['started', 'result.json', 'output.log', 'setup.exe', 'order.json'])
      writeFileSync(join(over, file), '');
    await computer.run(
      'sc.exe',
      'create',
      'RelaypointPush-over-1',
      'binPath=',
      'C:\\none.exe',
      'start=',
      'demand',
    );
    const name = await start({ release: v14, order: { do: 'format' } });
    // it ends by itself, and its service with it
    await computer.serviceIs(name, undefined);
    expect(await resultOf(name)).toMatchObject({ outcome: 'failed', failure: 'DP_INTERNAL' });
    const left = readdirSync(computer.onC('windows/Relaypoint'));
    const wanted = [name, 'RelaypointPush-new-1', 'RelaypointPush-over-1', 'another'];
    expect(left.toSorted()).toEqual(wanted.toSorted());
    expect(readdirSync(over).toSorted()).toEqual(['output.log', 'result.json', 'started']);
    expect(await computer.serviceState('RelaypointPush-over-1')).toBeUndefined();
    expect(readdirSync(folder('RelaypointPush-new-1'))).toEqual(['setup.exe']);
    rmSync(over, { recursive: true });
    expect(await computer.serviceState('RelaypointPush-gone-1')).toBeUndefined();
    for (const kept of ['RelaypointPush-new-1', 'Relaypointless']) {
      expect(await computer.serviceState(kept)).toBe(STOPPED);
      await computer.run('sc.exe', 'delete', kept);
    }
    rmSync(folder('another'), { recursive: true });
    rmSync(folder('RelaypointPush-new-1'), { recursive: true });
  });

  it('is not touched by a program that was changed on its way, or was meant for another', async () => {
    const changed = await push({ release: v14, order: { sha256: '0'.repeat(64) } });
    expect(changed).toMatchObject({ outcome: 'failed', failure: 'DIGEST_MISMATCH' });
    const other = await push({ release: v14, order: { names: ['pc-8', 'pc-8.corp.example'] } });
    expect(other).toMatchObject({
      outcome: 'failed',
      failure: 'WRONG_COMPUTER',
      facts: { clientVersion: '' },
    });
    expect(await computer.serviceState(CLIENT)).toBeUndefined();
  });

  it('gets the client, which registers by itself once it may', async () => {
    // what any user may do before the client comes
    const planted = computer.onC('ProgramData/Relaypoint Client');
    mkdirSync(planted, { recursive: true });
    writeFileSync(join(planted, 'planted'), '');
    chownSync(planted, NOBODY, NOBODY);
    const name = await start({ release: v14, registration: url });
    expect(await resultOf(name)).toMatchObject({
      outcome: 'exit',
      code: 0,
      facts: {
        os: 'Windows',
        arch: 'x64',
        clientVersion: '1.4.0',
        bootId: expect.stringMatching(/^\d+$/) as string,
      },
    });
    await eventually(() => expect(registrations()).toHaveLength(1), PATIENCE);
    expect(registrations()[0]?.body).toMatchObject({
      token: TOKEN,
      version: '1.4.0',
      restartRequired: false,
      os: expect.stringContaining('Windows') as string,
      location: { adSite: null },
    });
    await eventually(
      () =>
        expect(calls.at(-1)).toMatchObject({ path: '/client/v1/contact', authorization: `Bearer ${SECRET}` }),
      PATIENCE,
    );
    expect(await computer.serviceState(CLIENT)).toBe(RUNNING);
    expect(await status()).toMatchObject({
      version: '1.4.0',
      registered: 'yes',
      restartRequired: 'false',
      computer: 'c1',
      dp: 'berlin',
    });
  });

  it('keeps nothing in a folder that a user has made', () => {
    const data = computer.onC('ProgramData');
    const [aside = '', ...more] = readdirSync(data).filter((name) =>
      name.startsWith('Relaypoint Client.aside-'),
    );
    expect(more).toEqual([]);
    expect(readdirSync(join(data, aside))).toEqual(['planted']);
    const own = readdirSync(join(data, 'Relaypoint Client'));
    expect(own.toSorted()).toEqual(['secret.sealed', 'state.json']);
  });

  it('keeps neither token nor secret in the clear', () => {
    const state = computer.onC('ProgramData/Relaypoint Client');
    const attempts = readdirSync(computer.onC('windows/Relaypoint')).map((name) => pushed(name, ''));
    const files = [state, ...attempts].flatMap((folder) =>
      readdirSync(folder).map((name) => join(folder, name)),
    );
    expect(files).toContain(join(state, 'secret.sealed'));
    expect(files.filter((path) => /registration/.test(path))).toEqual([]);
    for (const path of files) {
      const content = readFileSync(path);
      for (const secret of [TOKEN, SECRET]) {
        expect({
          path,
          shows: content.includes(secret) || content.includes(Buffer.from(secret, 'utf16le')),
        }).toEqual({
          path,
          shows: false,
        });
      }
    }
  });

  it('is upgraded, and keeps its registration', async () => {
    const result = await push({ release: v15 });
    expect(result).toMatchObject({ outcome: 'exit', code: 0, facts: { clientVersion: '1.5.0' } });
    await eventually(() => expect(calls.at(-1)?.body).toMatchObject({ version: '1.5.0' }), PATIENCE);
    expect(registrations()).toEqual([]);
    expect(await computer.serviceState(CLIENT)).toBe(RUNNING);
    expect(await installedProducts()).toBe(1);
  });

  it('refuses an older client, by the program and by the Windows installer itself', async () => {
    expect(await push({ release: v14 })).toMatchObject({
      outcome: 'newer',
      facts: { clientVersion: '1.5.0' },
    });
    // the program is made to believe that it brings what is there
    const believed = await push({ release: v14, order: { version: v15.version } });
    expect(believed).toMatchObject({ outcome: 'exit', code: 1603, facts: { clientVersion: '1.5.0' } });
    expect(await computer.serviceState(CLIENT)).toBe(RUNNING);
  });

  it('gets an older client where that is asked for, and keeps its registration', async () => {
    const older = await push({ release: v14, order: { allowOlder: true } });
    expect(older).toMatchObject({ outcome: 'exit', code: 0, facts: { clientVersion: '1.4.0' } });
    expect(await installedProducts()).toBe(1);
    expect(await computer.serviceState(CLIENT)).toBe(RUNNING);
    expect(await status()).toMatchObject({ version: '1.4.0', registered: 'yes' });
    await eventually(() => expect(calls.at(-1)?.body).toMatchObject({ version: '1.4.0' }), PATIENCE);
    expect(registrations()).toEqual([]);
    expect(await push({ release: v15 })).toMatchObject({ outcome: 'exit', code: 0 });
  });

  it('takes the same version again, in the place of the old', async () => {
    // its clock may be wrong: the seconds count
    const deadline = new Date(0).toISOString();
    const again = await push({ release: v15, order: { allowOlder: true, seconds: 600, deadline } });
    expect(again).toMatchObject({ outcome: 'exit', code: 0, facts: { clientVersion: '1.5.0' } });
    expect(await installedProducts()).toBe(1);
    expect(await computer.serviceState(CLIENT)).toBe(RUNNING);
  });

  it('says that a restart is due from its registration on, and not after the restart', async () => {
    const order = { allowOlder: true, args: ['RESTART_AFTER=1'] };
    const result = await push({ release: v15, registration: url, order });
    expect(result).toMatchObject({ outcome: 'exit', code: 3010 });
    await eventually(() => expect(registrations()).toHaveLength(1), PATIENCE);
    // nothing came from the new client before it knew
    const after = calls.slice(calls.findIndex(({ path }) => path.endsWith('/register')));
    expect(after[0]?.body).toMatchObject({ restartRequired: true, bootId: result.facts['bootId'] });
    expect(await status()).toMatchObject({ restartRequired: 'true', restartReasons: 'client' });

    await computer.restart();
    calls = [];
    await eventually(() => expect(calls).not.toEqual([]), PATIENCE);
    expect(calls[0]?.path).toBe('/client/v1/contact');
    expect(calls[0]?.body).toMatchObject({ restartRequired: false });
    expect(calls[0]?.body['bootId']).not.toBe(result.facts['bootId']);
  });

  it.each([
    ['servicing', `${CURRENT_VERSION}\\Component Based Servicing\\RebootPending`],
    ['update', `${CURRENT_VERSION}\\WindowsUpdate\\Auto Update\\RebootRequired`],
  ])('says that a restart is due for %s of Windows', async (reason, key) => {
    await computer.run('reg.exe', 'add', key, '/f');
    expect(await status()).toMatchObject({ restartRequired: 'true', restartReasons: reason });
    await computer.run('reg.exe', 'delete', key, '/f');
    expect(await status()).toMatchObject({ restartRequired: 'false', restartReasons: '' });
  });

  it('counts files that wait for a restart only where they are its own', async () => {
    const waits = async (path: string) => {
      const value = ['/v', 'PendingFileRenameOperations', '/t', 'REG_MULTI_SZ', '/d', `\\??\\${path}`, '/f'];
      await computer.run('reg.exe', 'add', SESSION_MANAGER, ...value);
      return status();
    };
    expect(await waits('C:\\Program Files\\Printer\\driver.dll')).toMatchObject({ restartRequired: 'false' });
    expect(await waits('C:\\Program Files\\Relaypoint Client\\relaypoint-client.exe')).toMatchObject({
      restartRequired: 'true',
      restartReasons: 'files',
    });
    await computer.run('reg.exe', 'delete', SESSION_MANAGER, '/v', 'PendingFileRenameOperations', '/f');
  });

  it('is not installed on while Windows finishes its updates', async () => {
    const updates = `${CURRENT_VERSION}\\Component Based Servicing\\RebootInProgress`;
    await computer.run('reg.exe', 'add', updates, '/f');
    const result = await push({ release: v15, order: { allowOlder: true } });
    expect(result).toMatchObject({ outcome: 'failed', failure: 'PENDING_RESTART_BLOCKS' });
    await computer.run('reg.exe', 'delete', updates, '/f');
  });

  it('is installed on after a power cut in the middle of an installation', async () => {
    await computer.run('reg.exe', 'add', `${CURRENT_VERSION}\\Installer\\InProgress`, '/f');
    const result = await push({ release: v15, order: { allowOlder: true } });
    expect(result).toMatchObject({ outcome: 'exit', code: 0 });
    await computer.run('reg.exe', 'delete', `${CURRENT_VERSION}\\Installer\\InProgress`, '/f');
  });

  it('ends a run that is stopped, or is not done in time', async () => {
    const name = await start({ release: v15, order: { registration: true, allowOlder: true } });
    await eventually(() => expect(existsSync(pushed(name, 'started'))).toBe(true), PATIENCE);
    expect(await computer.run('sc.exe', 'stop', name)).toMatchObject({ code: 0 });
    expect(await resultOf(name)).toMatchObject({ outcome: 'cancelled' });

    const deadline = new Date(Date.now() + 1000).toISOString();
    const late = await push({ release: v15, order: { registration: true, allowOlder: true, deadline } });
    expect(late).toMatchObject({ outcome: 'failed', failure: 'INSTALL_TIMEOUT' });
    const short = await push({ release: v15, order: { registration: true, allowOlder: true, seconds: 1 } });
    expect(short).toMatchObject({ outcome: 'failed', failure: 'INSTALL_TIMEOUT' });
  });

  it('is restarted by an order without a release', async () => {
    expect(await push({ do: 'restart' })).toMatchObject({ outcome: 'exit', code: 0 });
  });

  it('is rid of the client by the client itself, without a restart', async () => {
    expect(await push({ do: 'uninstall' })).toMatchObject({
      outcome: 'exit',
      code: 0,
      text: 'the client is removed',
      facts: { clientVersion: '' },
    });
    expect(await computer.serviceState(CLIENT)).toBeUndefined();
    for (const folder of ['Program Files/Relaypoint Client', 'ProgramData/Relaypoint Client']) {
      expect({ folder, left: existsSync(computer.onC(folder)) }).toEqual({ folder, left: false });
    }
    expect(await installedProducts()).toBe(0);
    const keys = await computer.run('reg.exe', 'query', 'HKLM\\Software\\Relaypoint', '/s');
    expect(keys.output).not.toContain('Client');
    // and there is nothing to do a second time
    expect(await push({ release: v15, do: 'uninstall' })).toMatchObject({ outcome: 'exit', code: 0 });
  });

  it('ends the Windows installer when a run is stopped', async () => {
    // held as soon as it is there, so that it cannot have ended before
    let held: number | undefined;
    let name = '';
    for (let tries = 0; held === undefined && tries < 5; tries++) {
      name = await start({ release: v15, order: { registration: true } });
      const key = await keyOf(name);
      const sealed = sealRegistration(key, name.split(/^RelaypointPush-|-1$/)[1] ?? '', 1, {
        url,
        token: TOKEN,
      });
      writeFileSync(pushed(name, 'registration.sealed'), sealed);
      while (held === undefined && !existsSync(pushed(name, 'result.json'))) {
        held = computer.processes('msiexec.exe')[0];
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    if (held === undefined) throw new Error('msiexec was never seen');
    process.kill(held, 'SIGSTOP');
    expect(existsSync(pushed(name, 'result.json'))).toBe(false);
    await computer.run('sc.exe', 'stop', name);
    // ended already for Windows, it can only die when it may go on
    goOn(held);
    expect(await resultOf(name)).toMatchObject({ outcome: 'cancelled' });
    await eventually(() => expect(computer.processes('msiexec.exe')).toEqual([]), PATIENCE);
    expect(registrations()).toEqual([]);
  });
});

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // it is gone already
  }
}
