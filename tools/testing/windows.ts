import { execFile } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SCRIPT = resolve('tools/peers/windows.ts');
const CONTROL = resolve('tools/peers/windows/control.sh');
const CACHE = resolve('.artifacts/windows-cache');

/**
 * What can be wrong with a computer. `noshare`: no ADMIN$. `nosvcctl`: the pipe of the service manager is missing. `noscm`:
 * the service manager lets nobody in. `diskfull`: 64 KiB are left. `ntlm-off`: no logins by NTLM, in the whole domain.
 * `clock`: its clock is an hour ahead. `badexe`: what is to be started as a service from below `C:\windows\Relaypoint` has been made useless, as an antivirus does.
 */
export type WindowsFault =
  'none' | 'noshare' | 'nosvcctl' | 'noscm' | 'diskfull' | 'ntlm-off' | 'badexe' | 'clock';

/**
 * Accounts of the domain, all with the same password. All of them administer the computers, but for `plain`; `lockme` is
 * like `deploy`, for tests that lock an account (five refused passwords do); `offhours` may log in at no hour of the week.
 */
export type WindowsAccount =
  'deploy' | 'deploy2' | 'plain' | 'disabled' | 'expired' | 'mustchange' | 'lockme' | 'offhours';

/** A Windows computer as others see it. */
export interface WindowsComputer {
  /** As Windows says it: `PC-1`. */
  readonly name: string;
  readonly fqdn: string;
  readonly address: string;
  /** Its drive C, and C:\windows, as folders of this machine. */
  readonly drive: string;
  readonly adminShare: string;
}

/**
 * Windows computers in an Active Directory (tools/peers/windows.ts): Samba on the network, Wine inside. They have a network
 * of their own, in which this machine has {@link hostAddress}. Computer numbers start at 1. When this process ends without
 * a {@link stop}, they end as well.
 */
export class TestWindows {
  private readonly facts: ReadonlyMap<string, string>;

  private constructor(facts: ReadonlyMap<string, string>) {
    this.facts = facts;
  }

  /** Takes five to ten seconds, and a minute the first time; throws with the reason when this machine cannot. */
  static async start({ computers = 1 }: { computers?: number } = {}): Promise<TestWindows> {
    const state = mkdtempSync(join(tmpdir(), 'windows-'));
    const options = { state, cache: CACHE, owner: process.pid, computers };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`]);
    const { stdout } = await run(process.execPath, [SCRIPT, 'start', ...args]).catch((error: unknown) => {
      rmSync(state, { recursive: true, force: true });
      throw error;
    });
    const pairs = stdout
      .trim()
      .split(' ')
      .map((pair): [string, string] => {
        const at = pair.indexOf('=');
        return [pair.slice(0, at), pair.slice(at + 1)];
      });
    return new TestWindows(new Map(pairs));
  }

  private fact(key: string): string {
    const value = this.facts.get(key);
    if (value === undefined) throw new Error(`windows.ts said nothing of ${key}`);
    return value;
  }

  private at(last: number): string {
    return `${this.fact('NET')}.${Number(this.fact('FIRST')) + last}`;
  }

  /** In small letters, as DNS has it: `corp.relaypoint.test`. Kerberos wants it in capitals. */
  get realm(): string {
    return this.fact('REALM');
  }
  /** The domain's NetBIOS name. */
  get domain(): string {
    return this.fact('DOMAIN');
  }
  /** The password of every {@link WindowsAccount}. */
  get password(): string {
    return this.fact('PASSWORD');
  }
  /** The domain's own administrator. */
  get administrator(): { username: string; password: string } {
    return { username: 'Administrator', password: this.fact('ADMIN_PASSWORD') };
  }
  /** The administrator that each computer has without the domain: `PC-1\Administrator`. By NTLM alone. */
  get localAdministrator(): { username: string; password: string } {
    return { username: 'Administrator', password: this.fact('LOCAL_PASSWORD') };
  }
  /** The domain's controller: KDC, DNS and LDAP. */
  get controller(): { fqdn: string; address: string } {
    return { fqdn: `dc1.${this.realm}`, address: this.at(2) };
  }
  /** This machine, as the computers see it: a server that they are to reach listens here, or everywhere. */
  get hostAddress(): string {
    return this.at(1);
  }
  /** A krb5.conf that names the KDC by its address, for programs on this machine. */
  get krb5Config(): string {
    return this.fact('KRB5_CONFIG');
  }
  /** This machine's /etc/hosts with the domain's computers added; see {@link withNames}. */
  get hostsFile(): string {
    return this.fact('HOSTS_FILE');
  }
  /** The certificate of the CA that the controller's LDAPS certificate is from. */
  get ca(): string {
    return readFileSync(this.fact('CA_FILE'), 'utf8');
  }

  computer(n: number): WindowsComputer {
    const state = `/proc/${this.fact('INNER_PID')}/root/run/windows/${n}`;
    const drive = `${state}/prefix/drive_c`;
    return {
      name: `PC-${n}`,
      fqdn: `pc-${n}.${this.realm}`,
      address: this.at(10 + n),
      drive,
      adminShare: `${drive}/windows`,
    };
  }

  /**
   * The command line that runs a program on this machine and its network as ever, but with the names of the domain and its
   * Kerberos configuration: what a DP that stands in the domain's network has. (/etc/hosts is another one for it alone.)
   */
  withNames(command: string, args: readonly string[]): [string, string[]] {
    const within = 'mount --bind "$1" /etc/hosts && export KRB5_CONFIG="$2" && shift 2 && exec "$@"';
    const script = ['sh', '-c', within, 'sh', this.hostsFile, this.krb5Config, command, ...args];
    return ['unshare', ['--mount', '--propagation', 'private', ...script]];
  }

  private async control(...args: string[]): Promise<string> {
    const enter = ['-t', this.fact('INNER_PID'), '-m', '-u', '-i', '-n', '-p'];
    const { stdout } = await run('nsenter', [...enter, 'bash', CONTROL, ...args], {
      maxBuffer: 64 << 20,
      encoding: 'buffer',
    });
    // some programs of Windows write UTF-16, and mark it
    const isWide = stdout[0] === 0xff && stdout[1] === 0xfe;
    return isWide ? stdout.toString('utf16le', 2) : stdout.toString('utf8');
  }

  /** Something is wrong with a computer from now on, and nothing else; connections to its shares are cut. */
  async fault(n: number, kind: WindowsFault): Promise<void> {
    await this.control('fault', `${n}`, kind);
  }
  /** Windows shuts down and starts again, with another boot time; resolves when it is up. */
  async restart(n: number): Promise<void> {
    await this.control('restart', `${n}`);
  }
  /** How often it has been shut down, or lost its power: by {@link restart}, or when a program on it had Windows do so. */
  runs(n: number): number {
    return Number(readFileSync(join(this.fact('STATE'), `${n}`, 'runs'), 'utf8'));
  }
  /** It is up: its shares, its service manager. */
  isUp(n: number): boolean {
    return existsSync(join(this.fact('STATE'), `${n}`, 'up'));
  }
  /** Its power is cut. */
  async off(n: number): Promise<void> {
    await this.control('off', `${n}`);
  }
  async on(n: number): Promise<void> {
    await this.control('on', `${n}`);
  }
  /** Ends the domain's controller: no KDC, nobody who checks a password. */
  async controllerOff(): Promise<void> {
    await this.control('controller', 'off');
  }
  async controllerOn(): Promise<void> {
    await this.control('controller', 'on');
  }
  /** The controller forgets the refused passwords of an account. */
  async unlock(account: WindowsAccount): Promise<void> {
    await this.control('unlock', account);
  }

  /** Runs a Windows program on a computer; what it said. Throws when its exit code is not 0. */
  async exec(n: number, program: string, args: readonly string[] = []): Promise<string> {
    return (await this.control('exec', `${n}`, program, ...args)).replaceAll('\r', '');
  }
  /** Runs a program of Linux where the computer is: with its processes, its network and its drive. */
  async shell(n: number, command: string): Promise<string> {
    return this.control('shell', `${n}`, 'bash', '-c', command);
  }

  /** What Samba, Wine and the service manager's pipe have said on a computer. */
  logs(n: number): string {
    return globSync(join(this.fact('STATE'), `${n}`, '*.log'))
      .map((file) => `== ${file}\n${readFileSync(file, 'utf8')}`)
      .join('\n');
  }

  /** Ends them and forgets all that was on them. */
  async stop(): Promise<void> {
    await run(process.execPath, [SCRIPT, 'wipe', '--state', this.fact('STATE')]);
  }
}
