/**
 * What the server says of one version of the DP agent, signed by its key: a text that a POSIX shell can read as well, because
 * the machine that is to become a DP has nothing else yet (docs/install-dp.md).
 *
 *     relaypoint-dp-bundle 1
 *     version 0.2.0
 *     file x64 tar relaypoint-dp-0.2.0-linux-x64.tar.gz 46211008 83c77eec…
 *     --
 *     key 2nBFbdQ-…
 *     signature IbF8EcoA…
 *
 * The signature is over the bytes before the line `--`. Their first line keeps them apart from everything else that the key
 * signs, which is JSON.
 */
export interface AgentBundle {
  readonly version: string;
  readonly files: readonly AgentBundleFile[];
}

export interface AgentBundleFile {
  readonly arch: string;
  /** `tar`: unpacked anywhere; `deb`: a Debian package. */
  readonly kind: 'tar' | 'deb';
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** The parts of a signed manifest, none of them verified yet. */
export interface SignedAgentBundle {
  /** What is signed. */
  readonly body: string;
  /** Raw Ed25519 public key, base64url. */
  readonly key: string;
  readonly signature: string;
}

const HEAD = 'relaypoint-dp-bundle 1';
const END = '--\n';
/** What versions and file names of bundles are made of: they become parts of paths. */
export const BUNDLE_VERSION = /^[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}$/;
const FILE = /^file (x64|arm64) (tar|deb) ([0-9A-Za-z][0-9A-Za-z.+_-]{0,127}) (\d{1,12}) ([0-9a-f]{64})$/;

/** 0.10.0 is newer than 0.9.0. */
const BY_NUMBERS = new Intl.Collator('en', { numeric: true });

/** Below 0: `a` is older than `b`. What is tried out before a version (`0.3.0-rc.1`) is older than that. */
export function compareAgentVersions(a: string, b: string): number {
  const [mainA = '', ...restA] = a.split('-');
  const [mainB = '', ...restB] = b.split('-');
  return (
    BY_NUMBERS.compare(mainA, mainB) ||
    Number(restA.length === 0) - Number(restB.length === 0) ||
    BY_NUMBERS.compare(restA.join('-'), restB.join('-'))
  );
}

/** Whether an agent of this version gets no orders where `minimum` is asked for; one that has not said its version does. */
export function isTooOld(version: string | null, minimum: string): boolean {
  return version !== null && compareAgentVersions(version, minimum) < 0;
}

/** The text that is signed. */
export function agentBundleText({ version, files }: AgentBundle): string {
  const lines = files.map(({ arch, kind, name, size, sha256 }) =>
    ['file', arch, kind, name, size, sha256].join(' '),
  );
  return [HEAD, `version ${version}`, ...lines, ''].join('\n');
}

/** A signed manifest as it is handed out. */
export function signedAgentBundleText({ body, key, signature }: SignedAgentBundle): string {
  return `${body}${END}key ${key}\nsignature ${signature}\n`;
}

/** Takes a signed manifest apart; null when it is none, such as the page of a captive portal. */
export function splitAgentBundle(text: string): SignedAgentBundle | null {
  const at = text.indexOf(`\n${END}`);
  if (!text.startsWith(`${HEAD}\n`) || at < 0) return null;
  const [, key, signature] =
    /^key ([\w-]{43})\nsignature ([\w-]{86})\n$/.exec(text.slice(at + 1 + END.length)) ?? [];
  if (key === undefined || signature === undefined) return null;
  return { body: text.slice(0, at + 1), key, signature };
}

/** Reads what was signed; null when it is not of this form. To be asked only once the signature has been verified. */
export function parseAgentBundle(body: string): AgentBundle | null {
  const [head, versionLine = '', ...lines] = body.trimEnd().split('\n');
  const version = /^version (\S+)$/.exec(versionLine)?.[1] ?? '';
  if (head !== HEAD || !BUNDLE_VERSION.test(version)) return null;
  const files: AgentBundleFile[] = [];
  for (const line of lines) {
    const [, arch = '', kind, name = '', size, sha256 = ''] = FILE.exec(line) ?? [];
    if (kind !== 'tar' && kind !== 'deb') return null;
    files.push({ arch, kind, name, size: Number(size), sha256 });
  }
  return { version, files };
}
