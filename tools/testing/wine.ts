import { type ChildProcess, execFile, type ExecFileException, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forwarderDll } from '../peers/windows/forwarder-dll.js';
import { eventually } from './eventually.js';

const WINE = '/usr/lib/wine/wine64';
const WINESERVER = '/usr/lib/wine/wineserver64';
const SYSTEM = 'drive_c/windows/system32';
/** For a program of Wine on a machine that is busy otherwise. */
const PATIENCE_MS = 60_000;

/** What a program of Windows came to. Exit codes reach Linux modulo 256. */
export interface WineResult {
  readonly code: number;
  readonly output: string;
}

/** A Windows computer without a network share of its own: a Wine prefix, with its registry, services and installer. */
export class WineComputer {
  private session: ChildProcess | undefined;

  private constructor(private readonly folder: string) {}

  /** A new one; ends with {@link stop}. */
  static async start(): Promise<WineComputer> {
    if (!existsSync(WINE)) throw new Error(`${WINE} is missing: apt-get install wine64`);
    const computer = new WineComputer(mkdtempSync(join(tmpdir(), 'wine-')));
    for (const name of ['home', 'run']) mkdirSync(join(computer.folder, name), { mode: 0o700 });
    await computer.run('wineboot.exe', '-i');
    // what Wine 8 lacks, and every program of Go needs
    const dll = forwarderDll('bcryptprimitives.dll', { ProcessPrng: 'advapi32.SystemFunction036' });
    const path = computer.path(`${SYSTEM}/bcryptprimitives.dll`);
    if (!existsSync(path)) writeFileSync(path, dll);
    await computer.keepUp();
    return computer;
  }

  /** Where a file of drive C is on this machine. */
  onC(path: string): string {
    return this.path(join('drive_c', path));
  }

  /** Runs a program of Windows to its end. */
  run(...command: string[]): Promise<WineResult> {
    return this.execute(WINE, command);
  }

  /** The processes of this computer, as Linux numbers them, that run a program of this name. */
  processes(program: string): number[] {
    const own = `WINEPREFIX=${join(this.folder, 'prefix')}\0`;
    return readdirSync('/proc').flatMap((pid) => {
      try {
        if (!/^\d+$/.test(pid) || !readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(program))
          return [];
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(own) ? [Number(pid)] : [];
      } catch {
        return []; // it has just ended
      }
    });
  }

  /** A service's state in Windows' own number: 1 stopped, 4 running; undefined when there is no such service. */
  async serviceState(name: string): Promise<number | undefined> {
    const { output } = await this.run('sc.exe', 'query', name);
    const [, state] = /STATE\s*:\s*(\d+)/.exec(output) ?? [];
    return state === undefined ? undefined : Number(state);
  }

  /** Waits until a service has this state. */
  async serviceIs(name: string, state: number | undefined): Promise<void> {
    const look = async () => expect(await this.serviceState(name)).toBe(state);
    await eventually(look, { timeoutMs: PATIENCE_MS, intervalMs: 250 });
  }

  /** All processes end and the automatic services start again, as at a restart: volatile registry keys are gone. */
  async restart(): Promise<void> {
    await this.end();
    await this.keepUp();
  }

  /** Ends everything, and removes it. */
  async stop(): Promise<void> {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Wine ends its services when no program of a user is left; so one waits for a line that never comes. */
  private async keepUp(): Promise<void> {
    const session = spawn(WINE, ['cmd.exe', '/q', '/k', 'echo up'], {
      env: this.environment(),
      cwd: this.folder,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.session = session;
    await new Promise<void>((resolve, reject) => {
      session.once('error', reject);
      session.once('exit', (code) => reject(new Error(`Wine did not start: exit code ${code}`)));
      session.stdout.once('data', () => resolve());
    });
  }

  private async end(): Promise<void> {
    this.session?.stdin?.end();
    await this.execute(WINESERVER, ['-k']);
    await this.execute(WINESERVER, ['-w']);
  }

  private path(path: string): string {
    return join(this.folder, 'prefix', path);
  }

  private execute(program: string, args: readonly string[]): Promise<WineResult> {
    const env = this.environment();
    return new Promise((resolve, reject) => {
      const done = (error: ExecFileException | null, stdout: string, stderr: string): void => {
        clearTimeout(timer);
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: `${stdout}${stderr}` });
      };
      const child = execFile(program, args, { env, cwd: this.folder }, done);
      // a program of Wine takes a signal for its end in order, with exit code 0: it would not be told from a success
      const timer = setTimeout(() => {
        reject(new Error(`${args.join(' ')} did not end`));
        child.kill('SIGKILL');
      }, PATIENCE_MS);
    });
  }

  private environment(): NodeJS.ProcessEnv {
    const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ...rest } = process.env;
    return {
      ...rest,
      HOME: join(this.folder, 'home'),
      // the socket of Wine's server goes there, else into a folder of /tmp that stays
      TMPDIR: join(this.folder, 'run'),
      WINEPREFIX: join(this.folder, 'prefix'),
      WINEARCH: 'win64',
      WINEDEBUG: '-all',
      // neither .NET nor a browser is asked for
      WINEDLLOVERRIDES: 'mscoree,mshtml,winemenubuilder.exe=',
    };
  }
}
