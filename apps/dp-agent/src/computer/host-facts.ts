import { domainToASCII } from 'node:url';
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
 * Whether this is the computer that the order means. Where only the 15 characters of a NetBIOS name are known, by the order
 * or by the computer, no more of the name is compared.
 */
export function isNamed({ computer }: WireOrder, hostname: string): boolean {
  const seen = label(hostname);
  const names = [computer.name, computer.hostName ?? '', label(computer.fqdn ?? '')].map(label);
  const wanted = names.filter((name) => name !== '' && !names.some((whole) => isCutOf(name, whole)));
  const isRestUnknown = computer.fqdn === null;
  return wanted.some(
    (name) => name === seen || isCutOf(seen, name) || (isRestUnknown && isCutOf(name, seen)),
  );
}

/** The host name of a name, upper case; international ones in their `xn--` form. */
function label(name: string): string {
  const first = name.trim().split('.')[0] ?? '';
  return (/[^\p{ASCII}]/u.test(first) ? domainToASCII(first) || first : first).toUpperCase();
}

/** Whether this is what NetBIOS leaves of a longer name. */
function isCutOf(cut: string, whole: string): boolean {
  return cut.length === 15 && whole.length > 15 && whole.startsWith(cut);
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
