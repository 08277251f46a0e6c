import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildWindowsClient, WINDOWS_SOURCES, type WindowsRelease } from '../client-windows/build.ts';
import { missingPrograms } from '../client-windows/programs.ts';

const CACHE = join(dirname(dirname(import.meta.dirname)), '.artifacts', 'windows-client');

/**
 * The setup program of a version, from the sources as they are now. It is built once; who wants the same at the same time
 * builds it too, and gets the first one.
 *
 * @param changes SQL on its MSI
 */
export async function windowsSetup(
  version: string,
  changes: readonly string[] = [],
): Promise<WindowsRelease> {
  const folder = join(CACHE, `${version}-${sourcesDigest(changes)}`);
  if (!existsSync(folder)) {
    const work = join(CACHE, `new-${process.pid}-${version}`);
    try {
      await buildWindowsClient(work, version, undefined, changes);
      renameSync(work, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error;
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const setup = join(folder, `relaypoint-setup-${version}-windows-x64.exe`);
  const msi = join(folder, `relaypoint-client-${version}-windows-x64.msi`);
  const sha256 = createHash('sha256').update(readFileSync(setup)).digest('hex');
  return { version, platform: 'windows-x64', setup, msi, sha256 };
}

/** Why the setup program cannot be built here, undefined when it can. */
export function whyNoWindowsSetup(): string | undefined {
  const missing = missingPrograms(false);
  return missing.length === 0 ? undefined : `the Windows client cannot be built here: ${missing.join(', ')}`;
}

function sourcesDigest(changes: readonly string[]): string {
  const digest = createHash('sha256').update(changes.join('\n'));
  const tools = join(dirname(import.meta.dirname), 'client-windows');
  for (const folder of [WINDOWS_SOURCES, tools]) {
    for (const file of globSync('**/*.{go,mod,sum,wxs,ts}', { cwd: folder }).toSorted()) {
      digest.update(`${file}\n`).update(readFileSync(join(folder, file)));
    }
  }
  mkdirSync(CACHE, { recursive: true });
  return digest.digest('hex').slice(0, 16);
}
