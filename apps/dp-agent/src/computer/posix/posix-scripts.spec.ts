import { execFileSync, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { eventually } from '../../../../../tools/testing/eventually.js';
import { CLEAN, KILL, LOOK, START, WAIT } from './posix-scripts.js';

const PATH = (process.env['PATH'] ?? '').split(delimiter);
const programOf = (name: string) => PATH.map((folder) => join(folder, name)).find((path) => existsSync(path));
/** What computers have for `sh`, as far as this one has it. */
const SHELLS = ['dash', 'bash', 'busybox'].filter((name) => programOf(name));
/** What the scripts need: a computer that has these alone has no setsid, as macOS, whose sh is bash. */
const TOOLS = [
  'awk',
  'cat',
  'df',
  'find',
  'grep',
  'mkdir',
  'mv',
  'nohup',
  'rm',
  'rmdir',
  'sed',
  'sleep',
  'tail',
];
const WITHOUT_SETSID = [...TOOLS, 'touch', 'tr', 'uname'];

/** Processes without those that only wait to be reaped. */
function isRunning(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return false;
  return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(path, 'utf8'));
}

describe('cleaning up after an attempt', () => {
  let root: string;
  let base: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'posix-scripts-'));
    base = join(root, 'var/lib/relaypoint-dp');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const make = (folder: string, ...files: string[]): void => {
    mkdirSync(join(base, folder, 'release'), { recursive: true });
    for (const file of files) writeFileSync(join(base, folder, file), '0\n');
  };
  const left = (): string[] =>
    readdirSync(base, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.endsWith('release'))
      .toSorted();
  const clean = (attempt: number): void => {
    execFileSync('sh', ['-c', CLEAN, 'sh', root, 'order-1', `${attempt}`]);
  };

  it('removes what it and those before it left, but for their exit codes', () => {
    make('order-1-1');
    make('order-1-2', 'rc', 'out.log', 'pid');
    make('order-1-1.aaaa.new');
    make('order-1-2.new');
    make('order-2-1', 'pid');
    clean(2);
    expect(left()).toEqual(['order-1-2', 'order-1-2/rc', 'order-2-1', 'order-2-1/pid']);
  });

  it('spares later ones, which may be those of the other machine, and run', () => {
    make('order-1-9', 'pid');
    make('order-1-10', 'pid', 'out.log');
    make('order-1-10.bbbb.new');
    make('order-1-11', 'rc', 'out.log');
    clean(9);
    expect(left()).toEqual([
      'order-1-10',
      'order-1-10.bbbb.new',
      'order-1-10/out.log',
      'order-1-10/pid',
      'order-1-11',
      'order-1-11/out.log',
      'order-1-11/rc',
    ]);
  });
});

describe.each([...SHELLS, 'bash without setsid'])('a run, with %s', (kind) => {
  let root: string;
  let dir: string;
  let bin: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'posix-scripts-'));
    dir = join(root, 'var/lib/relaypoint-dp/order-1-1');
    bin = join(root, 'bin');
    mkdirSync(bin);
    writeFileSync(join(root, 'boot_id'), 'boot-1\n');
    const [shell = 'sh', , without] = kind.split(' ');
    symlinkSync(programOf(shell) ?? '', join(bin, 'sh'));
    for (const name of without ? WITHOUT_SETSID : []) symlinkSync(programOf(name) ?? '', join(bin, name));
  });
  afterEach(() => {
    for (const name of ['installer', 'worker'])
      if (existsSync(join(root, name)) && isRunning(pidOf(name))) process.kill(pidOf(name), 'SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  const run = (script: string, ...args: string[]): string => {
    const path = kind.includes('without') ? bin : [bin, ...PATH].join(delimiter);
    const argv = ['-c', script, 'sh', root, 'order-1', '1', ...args];
    // what is not read may find nobody to read it
    const input = script === START ? 'token=t\n' : '';
    return execFileSync(join(bin, 'sh'), argv, { encoding: 'utf8', input, env: { PATH: path } });
  };
  const stateAfter = (script: string, ...args: string[]) => run(script, ...args).split('\n')[0];
  const stage = (installer: string): void => {
    mkdirSync(join(`${dir}.b.new`, 'release'), { recursive: true });
    const text = `#!/bin/sh\n${installer}\n`;
    writeFileSync(join(`${dir}.b.new`, 'release', 'install.sh'), text, { mode: 0o755 });
  };
  const start = (installer: string): void => {
    stage(installer);
    expect(run(START, 'b', './install.sh', 'arg')).toBe('started\n');
  };
  const pidOf = (name: string) => Number(readFileSync(join(root, name), 'utf8'));
  const said = (name: string) => eventually(() => expect(pidOf(name)).toBeGreaterThan(1));

  // a second of grace instead of fifteen
  const END = KILL.replace('TERM 75', 'TERM 5');
  const SAY = 'echo $$ > "$RELAYPOINT_ROOT/installer"';
  /** Does not listen, and goes on for longer than any test. */
  const DEAF = `sh -c 'trap "" TERM; echo $$ > "$RELAYPOINT_ROOT/worker"; while :; do sleep 0.1; done'`;

  it('brings registration and arguments to the installer, and keeps its exit code', () => {
    start('cat > "$RELAYPOINT_ROOT/input"; echo "$1"; exit 194');
    expect(run(WAIT, '20')).toBe('ended 194\narg\n');
    expect(readFileSync(join(root, 'input'), 'utf8')).toBe('token=t\n');
    expect(stateAfter(END)).toBe('ended 194');
  });

  it("of an installer that does as it is asked leaves its words, and nobody else's", async () => {
    start(`echo words; ${SAY}; sleep 60`);
    await said('installer');
    expect(run(END)).toBe('dead\nwords\n');
    expect(isRunning(pidOf('installer'))).toBe(false);
  });

  it('whose installer is not there has the code that shells have for that', () => {
    stage('exit 0');
    run(START, 'b', './missing.sh');
    expect(stateAfter(WAIT, '20')).toBe('ended 127');
  });

  it('of an installer that does not listen has ended when that is gone', async () => {
    start(`${SAY}; ${DEAF}`);
    await said('worker');
    expect(stateAfter(END)).toBe('dead');
    expect([pidOf('installer'), pidOf('worker')].filter(isRunning)).toEqual([]);
  });

  it('of an installer that takes its time to end gets it, and its exit code counts', async () => {
    start(`trap 'sleep 0.3; exit 7' TERM; ${SAY}; while :; do sleep 0.1; done`);
    await said('installer');
    expect(stateAfter(END)).toBe('ended 7');
  });

  it('of an installer that ends at once, but not what it started, has ended when that is gone', async () => {
    start(`trap 'exit 7' TERM; ${SAY}; ${DEAF} & while :; do sleep 0.1; done`);
    await said('worker');
    expect(stateAfter(END)).toBe('ended 7');
    expect(isRunning(pidOf('worker'))).toBe(false);
  });

  it('that was asked to end over a connection that was lost still runs, and is ended by the next word', async () => {
    start(`trap 'exit 7' TERM; ${SAY}; ${DEAF} & while :; do sleep 0.1; done`);
    await said('worker');
    writeFileSync(join(dir, 'ending'), '');
    process.kill(-Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGTERM');
    await eventually(() => expect(readFileSync(join(dir, 'rc'), 'utf8')).toBe('7\n'));
    expect(run(LOOK)).toContain('run.1=running\n');
    expect(stateAfter(END)).toBe('ended 7');
    expect(isRunning(pidOf('worker'))).toBe(false);
  });

  it('that says its pid between two looks at it is not taken for a dead one', async () => {
    start(`${SAY}; while :; do sleep 0.1; done`);
    await said('installer');
    renameSync(join(dir, 'pid'), join(dir, 'pid.late'));
    // the first look is too early
    const late = `case $1 in */pid) [ -s "$1" ] || { mv "$1.late" "$1"; exit 1; } ;; esac`;
    rmSync(join(bin, 'cat'), { force: true });
    const script = `#!${join(bin, 'sh')}\n${late}\nexec ${programOf('cat')} "$@"\n`;
    writeFileSync(join(bin, 'cat'), script, { mode: 0o755 });
    expect(stateAfter(WAIT, '0')).toBe('running');
    expect(existsSync(join(dir, 'pid'))).toBe(true);
    expect(stateAfter(END)).toBe('dead');
  });

  it('whose first process was killed runs as long as its installer', async () => {
    start(`${SAY}; while :; do sleep 0.1; done`);
    await said('installer');
    process.kill(Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGKILL');
    expect(stateAfter(WAIT, '0')).toBe('running');
    expect(stateAfter(END)).toBe('dead');
    expect(isRunning(pidOf('installer'))).toBe(false);
  });

  it('has ended with its installer, whatever that left running, which is left alone', () => {
    start(`${DEAF} > /dev/null 2>&1 & while [ ! -s "$RELAYPOINT_ROOT/worker" ]; do sleep 0.1; done`);
    expect(stateAfter(WAIT, '20')).toBe('ended 0');
    expect(run(LOOK)).toContain('run.1=ended 0\n');
    expect(stateAfter(END)).toBe('ended 0');
    expect(isRunning(pidOf('worker'))).toBe(true);
  });

  it('ended by somebody else, as by a shutdown, has no exit code', async () => {
    start(`${SAY}; while :; do sleep 0.1; done`);
    await said('installer');
    process.kill(-Number(readFileSync(join(dir, 'pid'), 'utf8')), 'SIGTERM');
    expect(stateAfter(WAIT, '20')).toBe('dead');
    expect(readdirSync(dir)).not.toContain('rc');
  });

  it('that is only about to start when it is ended does not start', async () => {
    stage(SAY);
    const path = [bin, ...PATH].join(delimiter);
    const starting = spawn(join(bin, 'sh'), ['-c', START, 'sh', root, 'order-1', '1', 'b', './install.sh'], {
      env: { PATH: path },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const over = new Promise((resolve) => starting.once('exit', resolve));
    // it waits for the registration
    await eventually(() => expect(existsSync(join(dir, 'release'))).toBe(true));
    expect(stateAfter(END)).toBe('dead');
    starting.stdin.end('token=t\n');
    await over;
    await eventually(() => expect(existsSync(join(dir, 'pid'))).toBe(true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(existsSync(join(root, 'installer'))).toBe(false);
  });

  it('spares a process that was given its pid', async () => {
    const foreign = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    await new Promise((resolve) => foreign.once('spawn', resolve));
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'pid'), `${foreign.pid}\n`);
    writeFileSync(join(dir, 'boot'), 'boot-1\n');
    expect(stateAfter(END)).toBe('dead');
    expect(isRunning(foreign.pid ?? 0)).toBe(true);
    foreign.kill('SIGKILL');
  });
});
