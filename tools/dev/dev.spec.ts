import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from '../peers/choices.ts';
import { PidFile } from '../peers/pid-file.ts';
import { AppProcess, RestartPauses } from './app-process.ts';
import type { AdminApi } from './admin-api.ts';
import { joinAndEnable } from './distribution-point.ts';
import { inOneSentence } from './precautions.ts';
import { findFolderComputer } from './folder-computer.ts';
import { keepRunning } from './peer-watch.ts';
import { type DevFile, StateFolder } from './state.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dev-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a process of npm start', () => {
  const starts: number[] = [];

  function app(program: string): AppProcess {
    starts.length = 0;
    return new AppProcess({
      name: 'test',
      args: ['-e', program],
      cwd: folder,
      env: process.env,
      pidFile: join(folder, 'run', 'test.pid'),
      log: join(folder, 'logs', 'test.log'),
      onStart: (pid) => starts.push(pid),
    });
  }

  /** Waits until the process was started so many times; starts come from its death, not from this test. */
  async function started(times: number): Promise<void> {
    const until = Date.now() + 10_000;
    while (starts.length < times && Date.now() < until) await sleep(50);
    expect(starts).toHaveLength(times);
  }

  function isThere(pid: number): boolean {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  it('is started again a second after it was killed, and not after it was stopped', async () => {
    const running = app('setInterval(() => {}, 1000)');
    await running.start();
    const began = Date.now();
    process.kill(starts[0]!, 'SIGKILL');
    await started(2);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1000);
    await running.stop();
    expect(running.running).toBe(false);
    expect(starts).toHaveLength(2);
  });

  it('is given up at once when it is stopped while it waits for its next start', async () => {
    const failing = app('process.exit(3)');
    await failing.start();
    await started(2);
    await failing.stop();
    expect(new PidFile(join(folder, 'run', 'test.pid')).running()).toBeUndefined();
    expect(starts).toHaveLength(2);
  });

  it('ends what an earlier start left running', async () => {
    const first = app('setInterval(() => {}, 1000)');
    await first.start();
    const [leftover] = starts;
    const second = app('setInterval(() => {}, 1000)');
    await second.start();
    const until = Date.now() + 10_000;
    while (isThere(leftover!) && Date.now() < until) await sleep(25); // ended, and reaped a moment later
    const remains = isThere(leftover!);
    await Promise.all([first.stop(), second.stop()]);
    expect(remains).toBe(false);
  });

  it('is ready when it has said that it listens and answers so, whoever else answers there', async () => {
    const other = createServer((_, response) => response.end('{"status":"ok"}')).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const says = join(folder, 'says');
    const silent = app(
      `setInterval(() => require('node:fs').existsSync(${JSON.stringify(says)}) && process.send('ready'), 50)`,
    );
    await silent.start();
    await expect(silent.ready(url, 1_000)).rejects.toThrow(
      'was not ready within 1 s: it does not listen yet',
    );
    writeFileSync(says, '');
    await silent.ready(url, 10_000);
    await silent.stop();
    other.close();
  });

  it('is given up with its last words when it ends whenever it is started', async () => {
    const failing = app('console.error("the port is taken"); process.exit(1)');
    await failing.start();
    await expect(failing.ready('http://127.0.0.1:1')).rejects.toThrow(
      /test ends whenever it is started.*test\.log:\n(?:the port is taken\n?)+/s,
    );
    await failing.stop();
  });

  it('keeps what it prints in its log', async () => {
    const printing = app(
      'console.log("first line"); console.error("second line"); setInterval(() => {}, 1000)',
    );
    await printing.start();
    const log = join(folder, 'logs', 'test.log');
    const until = Date.now() + 5_000;
    while (!readFileSync(log, 'utf8').includes('second line') && Date.now() < until) await sleep(25);
    expect(readFileSync(log, 'utf8')).toContain('first line');
    await printing.stop();
  });
});

describe('restarts', () => {
  it('come after 1, 2 and then 5 seconds, and begin anew after a minute', () => {
    const pauses = new RestartPauses();
    expect([10, 10, 10, 10, 61_000, 10].map((ran) => pauses.next(ran))).toEqual([1, 2, 5, 5, 1, 2]);
  });

  it('are for a broker or database of our own as well', async () => {
    let pid: number | null = null;
    const restart = async (): Promise<void> => {
      pid = 4711;
    };
    const peer: Peer = {
      peer: 'RabbitMQ',
      taken: '',
      reason: '',
      get pid() {
        return pid;
      },
      restart,
      stop: async () => {},
      wipe: async () => {},
    };
    const stopping = new AbortController();
    const seen: (number | null)[] = [];
    await keepRunning(peer, stopping.signal, (now) => {
      seen.push(now);
      if (now !== null) stopping.abort();
    });
    expect(seen).toEqual([null, 4711]);
  });
});

describe('the state folder', () => {
  const content = { adminUser: 'admin', adminPassword: 'kept password', apiToken: 'rlp_kept' } as DevFile;

  it('makes an administrator and a token once', () => {
    const state = new StateFolder(folder);
    const made = state.secrets({});
    expect(made.apiToken).toMatch(/^rlp_[A-Za-z0-9_-]{43}$/);
    expect(made.adminPassword.length).toBeGreaterThanOrEqual(12);
    state.write(content);
    expect(state.secrets({})).toEqual(content);
    expect(state.secrets({ ADMIN_PASSWORD: 'given password' })).toEqual({
      ...content,
      adminPassword: 'given password',
    });
  });

  it('is for its owner alone', () => {
    const state = new StateFolder(join(folder, 'state'));
    state.write(content);
    expect(statSync(state.path).mode & 0o777).toBe(0o700);
    expect(statSync(state.in('dev.json')).mode & 0o777).toBe(0o600);
  });
});

describe('the folder of an agent', () => {
  const DP = '/distribution-points/server';
  const api = (keyFingerprint: string | null): AdminApi =>
    ({
      find: async (path: string) =>
        path === DP ? { id: 'server', state: 'new', keyFingerprint } : undefined,
      post: async () => Promise.reject(new Error('it joins anew')),
    }) as unknown as AdminApi;
  const joinWith = (keyFingerprint: string | null): Promise<{ stranger: boolean }> =>
    joinAndEnable({ api: api(keyFingerprint), root: folder, dp: 'server', state: join(folder, 'server-dp') });

  beforeEach(() => {
    mkdirSync(join(folder, 'server-dp'));
    writeFileSync(join(folder, 'server-dp', 'identity.json'), '{"keyFingerprint":"SHA256:mine"}');
  });

  it('is taken as it is by the database that knows its keys', async () => {
    expect(await joinWith('SHA256:mine')).toEqual({ stranger: false });
  });

  it.each([null, 'SHA256:other'])('is put aside for a database that knows the keys %s', async (keys) => {
    await expect(joinWith(keys)).rejects.toThrow('it joins anew');
    const [kept] = readdirSync(folder).filter((name) => name.startsWith('server-dp.of-another-database'));
    expect(existsSync(join(folder, kept ?? '', 'identity.json'))).toBe(true);
  });
});

describe('what cannot be worked with', () => {
  it.each([
    ['EACCES', 'cannot be written to by this user'],
    ['EROFS', 'cannot be written to by this user'],
    ['ENOSPC', 'The disk is full'],
    ['ENOTDIR', 'is not a folder'],
  ])('%s is one sentence with what to do', (code, says) => {
    const sentence = inOneSentence(Object.assign(new Error('native'), { code }), '/srv/state');
    expect(sentence).toContain(says);
    expect(sentence).toContain('/srv/state');
    expect(sentence).toContain('RELAYPOINT_STATE');
  });
});

describe('a folder that stands for a computer', () => {
  it('is found by its name once a client is in it', () => {
    const computer = join(folder, 'some-id');
    mkdirSync(join(computer, 'etc'), { recursive: true });
    writeFileSync(join(computer, 'etc', 'hostname'), 'buero-11.demo.test\n');
    expect(findFolderComputer(folder, 'BUERO-11')).toBeUndefined();
    mkdirSync(join(computer, 'opt/relaypoint-client/bin'), { recursive: true });
    writeFileSync(join(computer, 'opt/relaypoint-client/bin/relaypoint-client'), '');
    expect(findFolderComputer(folder, 'BUERO-11')).toBe(computer);
    expect(findFolderComputer(folder, 'BUERO-1')).toBeUndefined();
  });
});
