// The README's two commands on a Debian machine with Node and npm alone. What npm ci and the build would make is taken
// from this checkout: that is tried in tools/bootstrap.spec.ts.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describeAsRoot } from '../tools/testing/as-root.js';
import { eventually } from '../tools/testing/eventually.js';

const ROOT = join(__dirname, '..');
const SCRIPT = join(ROOT, 'tools/testing/bare-machine.sh');
const BASE = join(ROOT, '.artifacts/bare-machine/bookworm');
/** Where the project lies on the machine. */
const HOME = 'srv/relaypoint';

/** Rules, broker, database, directories (Samba and OpenLDAP), SSH computers, a browser. */
const ONE_OF_EACH_KIND = [
  'libs/runtime/src/env.spec',
  'libs/messaging/src/order-queues.int-spec',
  'libs/persistence/src/pages.int-spec',
  'apps/importer/src/directory/directory-test.int-spec',
  'apps/dp-agent/src/methods/ssh/ssh-secrets.int-spec',
  'tools/testing/chromium.spec',
];

/** What a test has started, to be ended when it fails. */
const started: Running[] = [];

/** One bare machine: what is changed on it stays between its commands. */
class BareMachine {
  private readonly place: string;
  private readonly user: string;

  constructor(place: string, user: 'root' | 'tester') {
    this.place = place;
    this.user = user;
    const project = join(place, 'changes', HOME);
    mkdirSync(project, { recursive: true });
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter((name) => name !== '' && existsSync(join(ROOT, name))))
      cpSync(join(ROOT, file), join(project, file));
    execFileSync('chown', ['-R', user === 'root' ? '0:0' : '1000:1000', project]);
  }

  start(...command: string[]): Running {
    const running = new Running(
      spawn(SCRIPT, ['run', BASE, this.place, this.user, ...command], { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    started.push(running);
    return running;
  }

  exists(path: string): boolean {
    return existsSync(join(this.place, 'changes', path));
  }

  /** The files that were changed outside the project's folder and the user's home. */
  changesElsewhere(): string[] {
    const changes = join(this.place, 'changes');
    return (
      globSync('**/*', { cwd: changes })
        .filter((path) => statSync(join(changes, path), { throwIfNoEntry: false })?.isFile() === true)
        // the machine's own set-up in bare-machine.sh
        .filter((path) => !/^(?:srv\/relaypoint|home\/tester)\/|^etc\/(?:resolv\.conf|hosts)$/.test(path))
    );
  }
}

/** A command on a bare machine, with what it has printed. */
class Running {
  output = '';
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (part: Buffer) => {
        this.output += part.toString('utf8');
      });
    this.ended = new Promise((resolve) => child.once('close', resolve));
  }

  /** Waits for a line; an error with all that was printed when the command ends before. */
  async prints(line: RegExp, timeoutMs: number): Promise<void> {
    await eventually(
      async () => {
        if (!line.test(this.output) && this.child.exitCode !== null)
          throw new Error(`it ended:\n${this.output}`);
        if (!line.test(this.output)) throw new Error(`${String(line)} is not in:\n${this.output}`);
      },
      { timeoutMs },
    );
  }

  /** Ends the whole machine. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  /** Sends a signal to the command alone, not to what it started: as a service manager would. */
  signal(signal: NodeJS.Signals): void {
    // this process's child is the first one on the machine, whose child is the command
    const childOf = (pid: number): number =>
      Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
    process.kill(childOf(childOf(this.child.pid ?? 0)), signal);
  }
}

describeAsRoot('on a machine with Node and npm alone', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bare-machine-'));

  beforeAll(() => {
    mkdirSync(dirname(BASE), { recursive: true });
    execFileSync(SCRIPT, ['make', BASE], { stdio: 'pipe' });
  }, 300_000);
  afterEach(() => started.splice(0).forEach((running) => running.kill()));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    [
      'root',
      'installs',
      /installing rabbitmq-server \(the broker, as a private node\).*services are not started/,
    ],
    [
      'tester',
      'unpacks',
      /unpacking rabbitmq-server \(the broker, as a private node\).*into \/srv\/relaypoint/,
    ],
  ] as const)(
    'npm start as %s %s what is missing, and brings six computers to ready',
    async (user, _, says) => {
      const machine = new BareMachine(join(folder, user), user);
      const first = machine.start('npm', 'start');
      await first.prints(/^Relaypoint is ready$/m, 240_000);
      expect(first.output).toMatch(says);
      expect(first.output).toMatch(/installed in \d+ s|unpacked in \d+ s/);
      expect(first.output).toContain('all 6 computers are ready');
      first.signal('SIGTERM');
      await first.ended;
      expect(first.output).not.toContain('left running');
      expect(machine.exists('usr/sbin/policy-rc.d')).toBe(false);
      // what is installed is there for the next time as well
      if (user === 'root') return;
      expect(machine.changesElsewhere()).toEqual([]);

      const second = machine.start('npm', 'start');
      await second.prints(/^Relaypoint is ready$/m, 120_000);
      expect(second.output).not.toMatch(/installing|unpacking|package lists|fetching|here is the demo/);
      second.signal('SIGINT');
      await second.ended;
      expect(second.output).not.toContain('left running');
    },
    480_000,
  );

  it('npm test as root installs what is missing, and passes with nothing skipped', async () => {
    const machine = new BareMachine(join(folder, 'tests'), 'root');
    const run = machine.start('npm', 'test', '--', ...ONE_OF_EACH_KIND);
    const code = await run.ended;
    expect(run.output).toMatch(/installing .*chromium.*their services are not started/);
    expect(run.output.trimEnd().split('\n').at(-1)).toMatch(/^\d+ passed, 0 failed$/);
    expect(code).toBe(0);
    expect(run.output).not.toContain('left running');
  }, 600_000);
});
