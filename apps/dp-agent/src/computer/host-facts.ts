import type { WireOrder, WireRelease, WireReleaseFile } from '#contract';
import { type FailureCode, StepFailed } from '../failures/failure.js';

/**
 * State of an attempt's run on the computer. `dead`: started, no result, and no longer running. `judged`: what runs there
 * said itself what came of it, by a code of the failure list.
 */
export type RunState =
  | { readonly is: 'running' }
  | { readonly is: 'dead' }
  | { readonly is: 'ended'; readonly code: number }
  | { readonly is: 'judged'; readonly code: FailureCode; readonly text: string };

/** What the computer says of itself. */
export interface HostFacts {
  readonly os: string;
  readonly arch: string;
  readonly hostname: string;
  readonly bootId: string;
  /** Version of the client installed there, '' for none. */
  readonly clientVersion: string;
  /** Free space where the client goes, KiB; null when it could not be told. */
  readonly freeKiB: number | null;
  /** Attempts of this order that are on the computer, by number. */
  readonly runs: ReadonlyMap<number, RunState>;
}

/** Reads `running`, `dead` or `ended CODE`; null for anything else. */
export function parseRunState(text: string): RunState | null {
  const [word, code] = text.trim().split(' ');
  if (word === 'ended') return { is: 'ended', code: Number(code) };
  return word === 'running' || word === 'dead' ? { is: word } : null;
}

const ARCH_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'x64',
  amd64: 'x64',
  aarch64: 'arm64',
  arm64: 'arm64',
};

/** Names under which a release may have a file for this computer, best first: `linux-x64`, then `linux` for any. */
export function platformsOf(seen: Pick<HostFacts, 'os' | 'arch'>): string[] {
  const os = seen.os.toLowerCase();
  return [`${os}-${ARCH_NAMES[seen.arch] ?? seen.arch}`, os];
}

/** What a release has for a computer. */
export interface Fitting {
  readonly file: WireReleaseFile;
  readonly install: WireRelease['platforms'][string];
}

/** @throws StepFailed PLATFORM_UNSUPPORTED, RELEASE_UNAVAILABLE (a platform without its file) */
export function fittingFile(release: WireRelease, seen: HostFacts): Fitting {
  const names = platformsOf(seen);
  for (const name of names) {
    const install = release.platforms[name];
    if (!install) continue;
    const file = release.files.find((candidate) => candidate.platform === name);
    if (file) return { file, install };
    throw new StepFailed('stage', 'RELEASE_UNAVAILABLE', {
      system: 'release',
      code: name,
      text: `release ${release.version} has no file for ${name}`,
    });
  }
  throw new StepFailed('check', 'PLATFORM_UNSUPPORTED', {
    system: 'release',
    code: names[0] ?? '',
    text: `release ${release.version} is for ${Object.keys(release.platforms).join(', ') || 'no platform'}`,
  });
}

/**
 * Whether this is the computer that the order means. A NetBIOS name is cut at 15 characters, so more of a name than that
 * is not compared against one.
 */
export function isNamed(order: WireOrder, hostname: string): boolean {
  const short = (name: string) => name.split('.')[0]?.toUpperCase() ?? '';
  const seen = short(hostname);
  const wanted = [order.computer.name, order.computer.fqdn ?? ''].map(short).filter((name) => name !== '');
  return wanted.some((name) => name === seen || (name.length === 15 && seen.startsWith(name)));
}

/** Compares dotted versions by number; parts that are no numbers compare as text, a pre-release (`-rc.1`) is older. */
export function compareVersions(a: string, b: string): number {
  const [aMain, aPre] = splitOnce(a);
  const [bMain, bPre] = splitOnce(b);
  const main = compareParts(aMain, bMain);
  if (main !== 0 || aPre === bPre) return main;
  if (aPre === undefined) return 1;
  return bPre === undefined ? -1 : compareParts(aPre, bPre);
}

function splitOnce(version: string): [string, string | undefined] {
  const [core = ''] = version.split('+');
  const at = core.indexOf('-');
  return at < 0 ? [core, undefined] : [core.slice(0, at), core.slice(at + 1)];
}

function compareParts(a: string, b: string): number {
  const left = a.split('.');
  const right = b.split('.');
  for (let n = 0; n < Math.max(left.length, right.length); n++) {
    const x = left[n] ?? '0';
    const y = right[n] ?? '0';
    if (x === y) continue;
    const numbers = /^\d+$/.test(x) && /^\d+$/.test(y);
    const difference = numbers ? Number(x) - Number(y) : x < y ? -1 : 1;
    if (difference !== 0) return Math.sign(difference);
  }
  return 0;
}
