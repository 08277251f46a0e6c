import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { buildWindowsClient } from './build.ts';
import type { Signing } from './signing.ts';

/** Packs a release into a folder, and says what it has made, a line a file. */
export async function packWindowsClient(out: string, version: string, signing?: Signing): Promise<string[]> {
  const work = mkdtempSync(join(tmpdir(), 'client-windows-'));
  try {
    const { setup, msi, sha256 } = await buildWindowsClient(work, version, signing);
    mkdirSync(out, { recursive: true });
    const placed = [setup, msi].map((path) => {
      const target = join(out, basename(path));
      copyFileSync(path, target);
      return target;
    });
    const [program = '', installer = ''] = placed;
    return [
      `${program} ${statSync(program).size} bytes sha256 ${sha256}${signing ? ', signed' : ', not signed'}`,
      `${installer} ${statSync(installer).size} bytes, the MSI within it`,
    ];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
