import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = resolve('tools/peers/computers.sh');

/** What can be wrong with a computer; the script's usage text says what each does. */
export type ComputerFault =
  | 'none'
  | 'auth'
  | 'closed'
  | 'mute'
  | 'blackhole'
  | 'nosudo'
  | 'diskfull'
  | 'changed-hostkey'
  | 'expired'
  | 'mustchange'
  | 'lockout'
  | 'noexec'
  | 'booting'
  | 'keysonly'
  | 'secondfactor'
  | 'targetpw'
  | 'requiretty'
  | 'otherwords'
  | 'noisy'
  | 'tcsh'
  | 'fish';

/** N real SSH computers on loopback (tools/peers/computers.sh). Computer numbers start at 1. */
export class TestComputers {
  private constructor(
    private readonly state: string,
    private readonly facts: ReadonlyMap<string, string>,
  ) {}

  /** Starts them on a loopback network of their own; throws with the script's words when this machine cannot. */
  static async start(count: number): Promise<TestComputers> {
    const state = mkdtempSync(join(tmpdir(), 'computers-'));
    // a network for each process, so that test files side by side do not meet
    const net = `127.${64 + (process.pid % 64)}.${(process.pid >> 6) % 256}`;
    const { stdout } = await run(SCRIPT, ['start', '--state', state, '--count', `${count}`, '--net', net]);
    const pairs = stdout
      .trim()
      .split(' ')
      .map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      });
    return new TestComputers(state, new Map(pairs));
  }

  private fact(key: string): string {
    const value = this.facts.get(key);
    if (value === undefined) throw new Error(`computers.sh said nothing of ${key}`);
    return value;
  }

  get port(): number {
    return Number(this.fact('PORT'));
  }
  /** `user` logs in by password and gives it to sudo. */
  get user(): string {
    return this.fact('USER');
  }
  get password(): string {
    return this.fact('PASSWORD');
  }
  /** `keyUser` logs in by {@link privateKey} and needs no password for sudo. */
  get keyUser(): string {
    return this.fact('KEY_USER');
  }
  get privateKey(): string {
    return readFileSync(this.fact('KEY_FILE'), 'utf8');
  }

  name(n: number): string {
    return `pc-${String(n).padStart(2, '0')}`;
  }
  address(n: number): string {
    return `${this.fact('NET')}.${n}`;
  }
  /** The host key as in known_hosts: `ssh-ed25519 AAAA…`. */
  hostKey(n: number): string {
    return readFileSync(join(this.state, `${n}`, 'hostkey.pub'), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  }
  bootId(n: number): string {
    return readFileSync(join(this.state, `${n}`, 'boot_id'), 'utf8').trim();
  }

  /** What a computer's SSH server has said of each password that it refused. */
  refusedPasswords(n: number): string[] {
    const lines = readFileSync(join(this.state, `${n}`, 'log'), 'utf8').split('\n');
    return lines.filter((line) => line.includes('Failed password for '));
  }

  private async control(...args: string[]): Promise<string> {
    const [command = '', ...rest] = args;
    return (await run(SCRIPT, [command, '--state', this.state, ...rest])).stdout;
  }

  /** Runs a shell command on a computer as root; its output. */
  async exec(n: number, command: string): Promise<string> {
    return this.control('exec', `${n}`, 'sh', '-c', command);
  }
  /** Everything running there dies; resolves when it is up again with a new boot id. */
  async reboot(n: number): Promise<void> {
    await this.control('reboot', `${n}`);
  }
  async off(n: number): Promise<void> {
    await this.control('off', `${n}`);
  }
  async on(n: number): Promise<void> {
    await this.control('on', `${n}`);
  }
  /** Kills the SSH sessions; what they started goes on. */
  async cut(n: number): Promise<void> {
    await this.control('cut', `${n}`);
  }
  /** Restarts the computer with another fault. */
  async fault(n: number, kind: ComputerFault): Promise<void> {
    await this.control('fault', `${n}`, kind);
  }
  /** Ends them and forgets all that was on them. */
  async stop(): Promise<void> {
    await this.control('wipe');
  }
}
