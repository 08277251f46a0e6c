import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Terminal } from './terminal.js';

const ROOT = join(__dirname, '..', '..');
const ROOTS = join(ROOT, '.artifacts/bare-root');
const MAKER = join(ROOT, 'tools/testing/bare-debian.sh');

/** What a machine has beyond the smallest Debian; the root of each kind is made once. */
interface MachineKind {
  readonly name: string;
  readonly packages: readonly string[];
  /** Whether its network is its own, with a loopback interface and nothing else. */
  readonly isAlone?: boolean;
}

/** curl and nothing else; no Node. */
const BARE: MachineKind = { name: 'bookworm-curl', packages: ['curl'] };

/** Mounts the machine and runs a command on it; everything ends with the command. Users' numbers are this machine's. */
const WITHIN = `base=$1 place=$2; shift 2
mount -t overlay overlay -o "lowerdir=$base,upperdir=$place/changes,workdir=$place/work" "$place/root" &&
mount -t proc proc "$place/root/proc" && mount --rbind /dev "$place/root/dev" &&
cp /etc/resolv.conf /etc/hosts "$place/root/etc/" && { [ ! -e "$place/hosts" ] || cp "$place/hosts" "$place/root/etc/hosts"; } &&
exec chroot "$place/root" "$@"`;

const APART = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child=KILL'];

/** What a command on the machine came to. */
export interface Came {
  readonly code: number;
  readonly text: string;
}

/** A bare Debian machine of a test: what a command changes on it, the next one finds. */
export class BareRoot {
  private readonly running: ChildProcess[] = [];

  /** Keeps the machine together, where its network is its own: its first process. */
  private holder: { readonly process: ChildProcess; readonly pid: string } | undefined;

  private constructor(
    private readonly base: string,
    private readonly place: string,
    private readonly isAlone: boolean,
  ) {}

  /** The root is made once and kept in `.artifacts`. */
  static make(place: string, kind: MachineKind = BARE): BareRoot {
    const base = join(ROOTS, kind.name);
    execFileSync(MAKER, [ROOTS, kind.name, ...kind.packages], { stdio: ['ignore', 'ignore', 'pipe'] });
    for (const folder of ['changes', 'work', 'root']) mkdirSync(join(place, folder), { recursive: true });
    if (kind.isAlone) writeFileSync(join(place, 'hosts'), `127.0.0.1 localhost ${hostname()}\n`);
    return new BareRoot(base, place, kind.isAlone === true);
  }

  /** A folder of the machine, made where it is missing, for files that are put there from outside before anything runs. */
  onDisk(path: string): string {
    const folder = join(this.place, 'changes', path);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Runs a command line of a POSIX shell to its end. */
  sh(line: string): Promise<Came> {
    const child = this.spawn(line);
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (part: Buffer) => (text += part.toString()));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, text })));
  }

  /** Starts a command line that goes on; {@link stop} ends it. */
  start(line: string): void {
    this.running.push(this.spawn(line));
  }

  /** Opens a shell that goes on, as somebody has it who pastes lines. */
  terminal(): Terminal {
    return new Terminal(this.spawn('exec bash --norc', 'pipe'));
  }

  /** A command of this machine, with its files, in the network of the bare one: what the bare machine lacks can be lent to it. */
  lent(command: string, args: readonly string[]): [string, string[]] {
    return ['nsenter', [`--net=/proc/${this.hold()}/ns/net`, command, ...args]];
  }

  stop(): void {
    for (const child of this.running.splice(0)) child.kill('SIGKILL');
    this.holder?.process.kill('SIGKILL');
  }

  private spawn(line: string, input: 'ignore' | 'pipe' = 'ignore'): ChildProcess {
    return spawn(...this.commandOf(line), {
      stdio: [input, 'pipe', 'pipe'],
      env: {
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: '/root',
        LANG: 'C.UTF-8',
      },
    });
  }

  private commandOf(line: string): [string, string[]] {
    if (!this.isAlone) return ['unshare', [...APART, ...this.within('/bin/sh', '-c', line)]];
    const into = ['--net', '--mount', '--pid', '--root', '--wd'];
    return ['nsenter', ['--target', this.hold(), ...into, '/bin/sh', '-c', line]];
  }

  private within(...command: readonly string[]): string[] {
    return ['sh', '-c', WITHIN, 'sh', this.base, this.place, ...command];
  }

  /** Programs that go on at the same time have to see one mount of the machine, not each its own. @returns its first process */
  private hold(): string {
    if (this.holder) return this.holder.pid;
    // a first process waits for those whose parents have ended
    const first = this.within('sh', '-c', 'sleep infinity & wait');
    const process = spawn('unshare', ['--net', ...APART, ...first], { stdio: 'ignore' });
    const pid = firstWithin(process.pid ?? 0, join(this.place, 'root'));
    execFileSync('nsenter', [`--net=/proc/${pid}/ns/net`, 'ip', 'link', 'set', 'lo', 'up']);
    this.holder = { process, pid };
    return pid;
  }
}

/** Waits for the process that `unshare` has started, until it is at home in its root. */
function firstWithin(unshare: number, root: string): string {
  for (let tries = 0; tries < 100; tries += 1) {
    const [pid = ''] = readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'utf8').split(' ');
    if (pid !== '' && readlinkSync(`/proc/${pid}/root`) === root) return pid;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  throw new Error(`nothing runs in ${root}`);
}
