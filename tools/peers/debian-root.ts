import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findCommand } from './background.ts';
import { PidFile } from './pid-file.ts';

const run = promisify(execFile);
const SBIN = ['/usr/sbin', '/sbin'];
/** What `debootstrap` takes here is a minute and a half; a slow mirror is given ten. */
const FETCH_MS = 600_000;

/** Why a root cannot be had here, for people. */
export interface Missing {
  readonly missing: string;
}

/**
 * Starts a program in a mount namespace of its own: `/dev`, `/proc` and one folder of this machine are visible in the root,
 * under their own names, and vanish with the program. Processes and network are this machine's.
 */
const WITHIN = `root=$1 folder=$2; shift 2
mount --rbind /dev "$root/dev" && mount -t proc proc "$root/proc" && mkdir -p "$root$folder" &&
mount --bind "$folder" "$root$folder" && exec chroot "$root" "$@"`;

/** A Debian beside the system's, for programs of another version: unpacked into a folder, and run by chroot. */
export class DebianRoot {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * The root of this folder, or a new one. It is fetched once: who comes while another process fetches it waits for that.
   *
   * @param suite Debian's name of the release, such as `trixie`
   */
  static async at(folder: string, suite: string, packages: readonly string[]): Promise<DebianRoot | Missing> {
    const why = cannotRun();
    if (why !== undefined) return { missing: why };
    const fetching = new PidFile(`${folder}.pid`);
    if (fetching.running() !== undefined) await fetching.ended(FETCH_MS);
    if (existsSync(folder)) return new DebianRoot(folder);
    const debootstrap = findCommand('debootstrap', SBIN);
    if (debootstrap === undefined) return { missing: 'debootstrap is not installed' };
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(dirname(folder), { recursive: true });
    fetching.write(process.pid);
    try {
      await run(debootstrap, ['--variant=minbase', `--include=${packages.join(',')}`, suite, fresh], {
        timeout: FETCH_MS,
        maxBuffer: 64 * 1024 * 1024,
      });
      rmSync(join(fresh, 'var/cache/apt'), { recursive: true, force: true });
      rmSync(join(fresh, 'var/lib/apt/lists'), { recursive: true, force: true });
      writeFileSync(join(fresh, 'etc/hosts'), '127.0.0.1 localhost\n');
      if (!existsSync(folder)) renameSync(fresh, folder);
    } catch (error) {
      const { stdout = '', message = '' } = error as { stdout?: string; message?: string };
      const last = stdout.trim().split('\n').at(-1);
      return { missing: `debootstrap of ${suite} failed: ${last === '' ? message : last}` };
    } finally {
      rmSync(fresh, { recursive: true, force: true });
      fetching.forget();
    }
    return new DebianRoot(folder);
  }

  /** The command line that runs a program of the root; `visible` is the folder of this machine that it sees. */
  within(visible: string, command: string, args: readonly string[]): [string, string[]] {
    const rest = ['sh', '-c', WITHIN, 'sh', this.folder, visible, command, ...args];
    return ['unshare', ['--mount', '--propagation', 'private', ...rest]];
  }
}

function cannotRun(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'not root, so that nothing can be run by chroot';
  return findCommand('unshare', SBIN) === undefined ? 'unshare is not installed' : undefined;
}
