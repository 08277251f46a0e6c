import { spawnSync } from 'node:child_process';
import { findCommand } from '../peers/background.ts';
import { PackageFault, type PackageWork, checkStopped } from './apt.ts';
import { forgetPolicy, installPackages } from './install.ts';
import type { DebianPackage } from './list.ts';
import { unpackPackages } from './unpack.ts';

export interface ProvideOptions extends PackageWork {
  /** Where an ordinary user's packages are unpacked. */
  readonly folder: string;
}

/** What came of it: the packages that this system's sources do not have, or why nothing could be done at all. */
export type Provided = { readonly unavailable: readonly string[] } | { readonly passed: string };

/** One after the other: apt locks its database. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Makes packages usable for this process and those it starts: installed by apt-get as root, else unpacked into a folder.
 * What is installed already is left alone.
 */
export function providePackages(
  wanted: readonly DebianPackage[],
  options: ProvideOptions,
): Promise<Provided> {
  const mine = turn.then(() => provide(wanted, options));
  turn = mine.catch(() => undefined);
  return mine;
}

async function provide(wanted: readonly DebianPackage[], options: ProvideOptions): Promise<Provided> {
  if (findCommand('apt-get') === undefined || findCommand('dpkg-query') === undefined)
    return { passed: 'this is not Debian or Ubuntu, whose packages could be installed' };
  const asRoot = process.getuid?.() === 0;
  try {
    checkStopped(options, 'before packages were looked for');
    if (asRoot) forgetPolicy();
    const missing = notInstalled(wanted);
    if (missing.length === 0) return { unavailable: [] };
    const unavailable = asRoot
      ? await installPackages(missing, options)
      : await unpackPackages(missing, options.folder, options);
    return { unavailable };
  } catch (error) {
    if (error instanceof PackageFault) return { passed: error.message };
    throw error;
  }
}

function notInstalled(wanted: readonly DebianPackage[]): DebianPackage[] {
  // dpkg-query fails when it does not know a package, and lists the others all the same
  const { stdout } = spawnSync(
    'dpkg-query',
    ['-W', '-f=${db:Status-Abbrev}${Package}\n', ...wanted.map(({ name }) => name)],
    { encoding: 'utf8' },
  );
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.startsWith('ii'))
      .map((line) => line.slice(3).trim()),
  );
  return wanted.filter(({ name }) => !installed.has(name));
}
