import { setTimeout as sleep } from 'node:timers/promises';
import type { DebianPackage } from './list.ts';
import { secondsSince, withProgress } from './progress.ts';
import { type RunOptions, type RunResult, run } from './run.ts';

/** Packages could not be had; the message says why in one sentence. */
export class PackageFault extends Error {
  override readonly name = 'PackageFault';
}

/** What the ways to get packages have in common. */
export interface PackageWork {
  readonly say: (line: string) => void;
  /** Aborted when the program is to end: what is under way is ended in order and waited for. */
  readonly signal?: AbortSignal | undefined;
}

/** @throws PackageFault when the program is to end: `stopped while packages were fetched` */
export function checkStopped({ signal }: PackageWork, when: string): void {
  if (signal?.aborted === true) throw new PackageFault(`stopped ${when}`);
}

/** A package that apt would install. */
export interface PlannedPackage {
  readonly name: string;
  readonly version: string;
  /** Another version of it is installed. */
  readonly isUpgrade: boolean;
}

/** What apt would install: every package with the version it chose, and how much is to be fetched. */
export interface Plan {
  readonly packages: readonly PlannedPackage[];
  readonly bytes: number;
  /** Wanted, but not to be had from this system's package sources. */
  readonly unavailable: readonly string[];
}

/** Runs apt-get, with `options` first: where its state is, for example. */
export function aptGet(
  options: readonly string[],
  args: readonly string[],
  more: Omit<RunOptions, 'env'> = {},
): Promise<RunResult> {
  const status = more.status === undefined ? [] : ['-o', 'APT::Status-Fd=3'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
  return run('apt-get', [...options, ...status, ...args], { ...more, env });
}

/** A mirror that does not answer is given up soon: there may be no network at all. */
const SOON = ['-oAcquire::Retries=0', '-oAcquire::http::Timeout=15', '-oAcquire::https::Timeout=15'];
/** Somebody else may be at it: updates run by themselves on many systems. */
const LOCK_WAIT_MS = 300_000;
const LOCK_EVERY_MS = 2_000;

/** The lists that this process has asked for, by the options that say where they are; why it has none, if so. */
const updated = new Map<string, Promise<string | undefined>>();

/**
 * Fetches the lists of what there is, once in the life of this process. A source that cannot be reached is apt's to judge:
 * old lists may do.
 *
 * @returns why the lists are old, if they are
 */
export function updateLists(options: readonly string[], work: PackageWork): Promise<string | undefined> {
  const key = options.join('\0');
  const asked = updated.get(key) ?? update(options, work);
  updated.set(key, asked);
  return asked;
}

async function update(options: readonly string[], { say, signal }: PackageWork): Promise<string | undefined> {
  const until = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    const result = await withProgress(
      say,
      () => 'asking for the package lists',
      () => aptGet([...options, ...SOON], ['update', '-q', '--error-on=any'], { signal }),
    );
    if (result.code === 0 || signal?.aborted === true) return undefined;
    const reason = reasonOf(result);
    if (!reason.includes('Could not get lock') || Date.now() > until) {
      say(`the package lists are old: ${reason}`);
      return reason;
    }
    say(`another program is using apt, and is waited for: ${reason}`);
    await sleep(LOCK_EVERY_MS);
  }
}

/** Nothing that is installed is removed for what is wanted. */
export const INSTALL = ['install', '--yes', '--no-install-recommends', '--no-remove', '--fix-broken'];

/**
 * @param oldLists why the lists could not be fetched, if so
 * @throws PackageFault when apt cannot say what it would do
 */
export async function planOf(
  options: readonly string[],
  names: readonly string[],
  oldLists: string | undefined,
): Promise<Plan> {
  const unavailable: string[] = [];
  for (;;) {
    const wanted = names.filter((name) => !unavailable.includes(name));
    if (wanted.length === 0 && oldLists !== undefined) {
      throw new PackageFault(
        `the package lists cannot be fetched (${oldLists}): check the network, and behind a proxy set http_proxy`,
      );
    }
    if (wanted.length === 0) return { packages: [], bytes: 0, unavailable };
    const install = [...INSTALL, ...wanted];
    const simulated = await aptGet(options, ['--simulate', ...install]);
    if (simulated.code === 0) {
      const uris = await aptGet(options, ['--print-uris', '-qq', ...install]);
      return { packages: simulatedPackages(simulated.stdout), bytes: bytesOf(uris.stdout), unavailable };
    }
    const missing = /(?:Unable to locate package |Package '?)([\w.+-]+)(?:' has no installation candidate)?/
      .exec(simulated.stderr)
      ?.at(1);
    if (missing === undefined || !wanted.includes(missing)) throw new PackageFault(reasonOf(simulated));
    unavailable.push(missing);
  }
}

/** The packages in the lines `Inst name [old] (version source)` of a simulation. */
export function simulatedPackages(output: string): PlannedPackage[] {
  return Array.from(
    output.matchAll(/^Inst (\S+) (\[[^\]]*\] )?\((\S+)/gm),
    ([, name = '', old, version = '']) => ({ name, version, isUpgrade: old !== undefined }),
  );
}

/** The sizes in the lines `'uri' file size hash` of --print-uris. */
function bytesOf(output: string): number {
  return Array.from(output.matchAll(/^'\S+' \S+ (\d+)/gm)).reduce((sum, [, size]) => sum + Number(size), 0);
}

/** Why apt or dpkg failed, in one line: what they mark as an error, or their last line. */
export function reasonOf({ stderr, stdout }: RunResult): string {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /^(?:E:|dpkg(?:-deb)?: error)/.test(line));
  const [first] = errors.length > 0 ? errors : lines.slice(-1);
  const reason = first?.replace(/^E: /, '').trim() ?? 'it said nothing';
  return /No space left|enough free space/i.test(lines.join('\n')) ? `the disk is full (${reason})` : reason;
}

/** What is about to be fetched and why, for people: `rabbitmq-server (the broker), maven (…): 119 packages, 183 MB`. */
export function describePlan(wanted: readonly DebianPackage[], { packages, bytes }: Plan): string {
  const purposes = new Map<string, string[]>();
  for (const { name, purpose } of wanted) purposes.set(purpose, [...(purposes.get(purpose) ?? []), name]);
  const named = Array.from(purposes, ([purpose, names]) => `${names.join(', ')} (${purpose})`).join(', ');
  return `${named}: with what they need ${packages.length} packages, ${(bytes / 1e6).toFixed(0)} MB to fetch`;
}

/** Reads apt's status lines: `dlstatus:3:41.2:…` while it fetches, `pmstatus:curl:80.5:…` while it installs. */
export class AptProgress {
  private text = 'begins';
  private readonly began = Date.now();

  readonly take = (line: string): void => {
    const [, kind, percent] = /^(dlstatus|pmstatus):[^:]*:([\d.]+)/.exec(line) ?? [];
    if (kind !== undefined)
      this.text = `${kind === 'dlstatus' ? 'fetched' : 'installed'} ${Number(percent).toFixed(0)} %`;
  };

  readonly state = (): string => this.text;

  get seconds(): string {
    return secondsSince(this.began);
  }
}
