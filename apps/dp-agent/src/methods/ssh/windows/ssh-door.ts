import { pause } from '../../../base/backoff.js';
import type { CommandResult } from '../../../computer/posix/session.js';
import type { Entry, ServiceState, StartAnswer, WindowsDoor } from '../../../computer/windows/door.js';
import { classify } from '../../../failures/failure-table.js';
import { type Phase, StepFailed } from '../../../failures/failure.js';
import type { SshConnection } from '../ssh-connection.js';
import { SftpFiles } from './sftp-files.js';
import {
  commandLine,
  errorOf,
  fits,
  quoted,
  readServiceState,
  sftpPath,
  signOf,
  type WindowsShell,
} from './windows-shell.js';

/** Errors of Windows that are answers here. */
const SERVICE_ALREADY_RUNNING = 1056;
const SERVICE_DOES_NOT_EXIST = 1060;
const SERVICE_MARKED_FOR_DELETE = 1072;
const SERVICE_EXISTS = 1073;
const DUPLICATE_SERVICE_NAME = 1078;
/** Administrators and SYSTEM, all rights, also to what is made there; and nothing from above. */
const PROTECTED = '/inheritance:r /grant:r *S-1-5-32-544:(OI)(CI)F *S-1-5-18:(OI)(CI)F';
/** Tries, a second apart, of what somebody still holds. */
const TRIES = 15;

/** The way to a Windows computer by its OpenSSH server: files by SFTP, services by sc.exe. */
export class SshDoor implements WindowsDoor {
  readonly system = 'ssh';

  private constructor(
    private readonly connection: SshConnection,
    private readonly shell: WindowsShell,
    private readonly files: SftpFiles,
  ) {}

  static async open(connection: SshConnection, shell: WindowsShell): Promise<SshDoor> {
    return new SshDoor(connection, shell, new SftpFiles(await connection.sftp()));
  }

  /**
   * Makes sure that the account administers the computer: nobody else may write where Windows is.
   *
   * @param base folder that is Administrators' and SYSTEM's alone, once it is there
   * @throws StepFailed NOT_ADMIN
   */
  async demandAdmin(base: string): Promise<void> {
    if ((await this.files.list(this.path(base), 'auth')) !== null) return;
    const probe = `${this.path(base)}.probe`;
    try {
      await this.files.makeFolder(probe);
      await this.files.removeFolder(probe);
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      throw new StepFailed('auth', error.code === 'COPY_FAILED' ? 'NOT_ADMIN' : error.code, error.native);
    }
  }

  async list(mask: string): Promise<Entry[]> {
    const at = mask.lastIndexOf('\\');
    const name = mask.slice(at + 1);
    if (!name.includes('*')) {
      const found = await this.files.stat(this.path(mask), 'check');
      return found ? [{ name, ...found }] : [];
    }
    const all = await this.files.list(this.path(mask.slice(0, Math.max(at, 0))), 'check');
    const isMeant = fits(name);
    return (all ?? []).filter((entry) => isMeant(entry.name));
  }

  freeKiB(): Promise<number | null> {
    return this.files.freeKiB(this.path(''));
  }

  makeFolder(path: string): Promise<void> {
    return this.files.makeFolder(this.path(path));
  }

  async protect(path: string): Promise<void> {
    const ran = await this.run('icacls.exe', `${quoted(`${this.shell.root}\\${path}`)} ${PROTECTED}`);
    if (ran.code !== 0) throw failed('stage', ran);
  }

  async put(path: string, content: Buffer | { readonly file: string }): Promise<void> {
    await this.files.put(this.path(path), content);
  }

  async get(path: string, most: number): Promise<Buffer | null> {
    try {
      return await this.files.get(this.path(path), most, 'check');
    } catch (error) {
      // what is being replaced just now can be read the next time
      if (error instanceof StepFailed && error.native?.system === 'sftp') return null;
      throw error;
    }
  }

  async getFromDrive(path: string, most: number): Promise<Buffer | null> {
    const drive = this.shell.root.slice(0, 2);
    return (await this.files.get(sftpPath(drive, path), most, 'check')) ?? Buffer.alloc(0);
  }

  async rename(from: string, to: string): Promise<boolean> {
    for (let left = TRIES; ; left -= 1) {
      if (await this.files.stat(this.path(to), 'install')) return false;
      try {
        return await this.files.rename(this.path(from), this.path(to));
      } catch (error) {
        // a virus scanner looks at what has just arrived
        if (!(error instanceof StepFailed) || left <= 0) throw error;
        await pause(1, NEVER);
      }
    }
  }

  async remove(path: string): Promise<void> {
    for (let left = TRIES; ; left -= 1) {
      const [entry] = await this.list(path);
      if (!entry) return;
      try {
        await (entry.isFolder
          ? this.files.removeFolder(this.path(path))
          : this.files.removeFile(this.path(path)));
      } catch (error) {
        if (!(error instanceof StepFailed) || left <= 0) throw error;
        await pause(1, NEVER);
      }
    }
  }

  async createService(name: string, command: string): Promise<boolean> {
    for (let left = TRIES; ; left -= 1) {
      const ran = await this.service(
        'create',
        name,
        `binPath= ${quoted(command)} start= demand DisplayName= ${name}`,
      );
      const error = errorOf(ran);
      if (error === 0) return true;
      const isThere = error === SERVICE_EXISTS || error === DUPLICATE_SERVICE_NAME;
      if (isThere && (await this.serviceState(name)) !== 'absent') return false;
      // one of that name that was removed is there until nobody looks at it any more
      if ((!isThere && error !== SERVICE_MARKED_FOR_DELETE) || left <= 0) throw failed('install', ran);
      await pause(1, NEVER);
    }
  }

  async startService(name: string): Promise<StartAnswer> {
    const ran = await this.service('start', name);
    const error = errorOf(ran);
    return error === 0 || error === SERVICE_ALREADY_RUNNING ? { ok: true } : { ok: false, said: signOf(ran) };
  }

  async stopService(name: string): Promise<void> {
    await this.service('stop', name);
  }

  async serviceState(name: string): Promise<ServiceState> {
    const ran = await this.service('query', name);
    const state = readServiceState(ran);
    if (state !== null) return state;
    if (isGone(errorOf(ran))) return 'absent';
    throw failed('check', ran);
  }

  async deleteService(name: string): Promise<void> {
    const ran = await this.service('delete', name);
    if (!isGone(errorOf(ran)) && errorOf(ran) !== 0) throw failed('install', ran);
  }

  close(): void {
    this.connection.close();
  }

  private path(path: string): string {
    return sftpPath(this.shell.root, path);
  }

  private service(verb: string, name: string, rest = ''): Promise<CommandResult> {
    return this.run('sc.exe', `${verb} ${name} ${rest}`.trim());
  }

  private run(program: string, args: string): Promise<CommandResult> {
    return this.connection.exec(commandLine(this.shell, program, args));
  }
}

const NEVER = new AbortController().signal;

function isGone(error: number): boolean {
  return error === SERVICE_DOES_NOT_EXIST || error === SERVICE_MARKED_FOR_DELETE;
}

function failed(phase: Phase, ran: CommandResult): StepFailed {
  const native = signOf(ran);
  return new StepFailed(phase, classify(native, phase), native);
}
