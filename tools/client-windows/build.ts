import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkMsiVersion, makeMsi, productCodeOf } from './msi.ts';
import { findGo, goEnvironment, missingPrograms, run } from './programs.ts';
import { sign, type Signing } from './signing.ts';

const PROJECT = dirname(dirname(import.meta.dirname));

/** Where the client's sources are. */
export const WINDOWS_SOURCES = join(PROJECT, 'client', 'windows');

/** A release of the client for Windows. */
export interface WindowsRelease {
  readonly version: string;
  readonly platform: 'windows-x64';
  /** The setup program: what a release has as its file. */
  readonly setup: string;
  /** The MSI within it, for a software distribution that wants one. */
  readonly msi: string;
  /** SHA-256 of the setup program, hex. */
  readonly sha256: string;
}

/**
 * Builds the client, its MSI, and the setup program with that MSI in it, each signed before it goes into the next.
 *
 * @param folder for what is made; anything else in it stays
 * @param changes SQL on the MSI, for tests that need one that fails or takes its time
 * @throws Error saying what this machine lacks, or what a program said
 */
export async function buildWindowsClient(
  folder: string,
  version: string,
  signing?: Signing,
  changes: readonly string[] = [],
): Promise<WindowsRelease> {
  checkMsiVersion(version);
  const missing = missingPrograms(signing !== undefined);
  if (missing.length > 0) {
    throw new Error(
      `the Windows client cannot be packed, this machine lacks:\n${missing.map((name) => `  ${name}`).join('\n')}`,
    );
  }
  const source = join(folder, 'source');
  mkdirSync(folder, { recursive: true });
  cpSync(WINDOWS_SOURCES, source, { recursive: true });

  const program = join(folder, 'relaypoint-client.exe');
  await compile(source, program, { 'main.version': version });
  const productCode = productCodeOf(version, program);
  if (signing) await sign(program, signing);

  const made = await makeMsi(folder, join(source, 'client.wxs'), { version, productCode });
  for (const query of changes) await run('msibuild', [made, '-q', query]);
  if (signing) await sign(made, signing);

  copyFileSync(made, join(source, 'internal', 'payload', 'client.msi'));
  const setup = join(folder, `relaypoint-setup-${version}-windows-x64.exe`);
  const variables = { 'main.version': version, 'main.productCode': productCode };
  await compile(source, setup, variables, ['-tags', 'setup']);
  if (signing) await sign(setup, signing);

  const msi = join(folder, `relaypoint-client-${version}-windows-x64.msi`);
  renameSync(made, msi);
  const sha256 = createHash('sha256').update(readFileSync(setup)).digest('hex');
  return { version, platform: 'windows-x64', setup, msi, sha256 };
}

async function compile(
  source: string,
  output: string,
  variables: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Promise<void> {
  const go = findGo();
  if ('missing' in go) throw new Error(go.missing);
  const set = Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`);
  const env = { ...goEnvironment(), GOOS: 'windows', GOARCH: 'amd64', CGO_ENABLED: '0' };
  const flags = ['-trimpath', '-buildvcs=false', '-mod=readonly', `-ldflags=-s -w ${set.join(' ')}`];
  await run(go.go, ['build', ...flags, ...more, '-o', output, '.'], { cwd: source, env });
}
