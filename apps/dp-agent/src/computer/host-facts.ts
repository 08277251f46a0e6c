import type { WireOrder, WireRelease, WireReleaseFile } from '#contract';
import { classify } from '../failures/failure-table.js';
import { StepFailed } from '../failures/failure.js';
import { LOOK } from './remote-scripts.js';
import type { ComputerSession, CommandResult } from './session.js';

/** State of an attempt's run on the computer. `dead`: started, no result, and no longer running. */
export type RunState =
  { readonly is: 'running' } | { readonly is: 'dead' } | { readonly is: 'ended'; readonly code: number };

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

/** Looks at the computer; changes nothing. */
export async function inspectHost(session: ComputerSession, order: WireOrder): Promise<HostFacts> {
  const ran = await session.runAsAdmin(LOOK, [order.order, `${order.attempt}`]);
  if (ran.code !== 0) throw shellFailed('check', ran);
  const lines = ran.stdout.split('\n').map((line): [string, string] => {
    const at = line.indexOf('=');
    return [line.slice(0, at), line.slice(at + 1).trim()];
  });
  const values = new Map(lines);
  const runs = lines.flatMap(([name, value]): [number, RunState][] => {
    const state = name.startsWith('run.') ? parseRunState(value) : null;
    return state ? [[Number(name.slice(4)), state]] : [];
  });
  const free = Number(values.get('freeKiB') || NaN);
  return {
    os: values.get('os') ?? '',
    arch: values.get('arch') ?? '',
    hostname: values.get('hostname') ?? '',
    bootId: values.get('bootId') ?? '',
    clientVersion: values.get('clientVersion') ?? '',
    freeKiB: Number.isFinite(free) ? free : null,
    runs: new Map(runs),
  };
}

/** Reads `running`, `dead` or `ended CODE`; null for anything else. */
export function parseRunState(text: string): RunState | null {
  const [word, code] = text.trim().split(' ');
  if (word === 'ended') return { is: 'ended', code: Number(code) };
  return word === 'running' || word === 'dead' ? { is: word } : null;
}

/** What a script of ours said on its way out, as the failure of a phase. */
export function shellFailed(
  phase: 'stage' | 'check' | 'install' | 'restart',
  ran: CommandResult,
): StepFailed {
  const text = ran.stderr.trim().slice(-1000) || ran.stdout.trim().slice(-1000);
  const native = { system: 'shell', code: ran.signal ?? `${ran.code}`, text };
  return new StepFailed(phase, classify(native, phase), native);
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
