import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Processors that bundles are made for. */
export const ARCHITECTURES = ['x64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** The Node that bundles bring along, with npm's digest of the package for each processor. */
const VERSION = '24.21.0';
const INTEGRITY: Readonly<Record<Architecture, string>> = {
  x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
};

/**
 * The folder of Node's package for a processor: the one that is installed here, or fetched once. npm compares what it fetches
 * with its own digest, and this with the one above.
 *
 * @throws Error when it cannot be fetched, or is another one
 */
export function nodeRuntime(root: string, arch: Architecture): string {
  const name = `node-linux-${arch}`;
  const installed = join(root, 'node_modules', name);
  if (existsSync(join(installed, 'bin/node'))) return installed;
  const kept = join(root, '.artifacts/node-runtime', `${name}-${VERSION}`);
  if (existsSync(join(kept, 'bin/node'))) return kept;
  const fresh = `${kept}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  try {
    const text = execFileSync('npm', ['pack', `${name}@${VERSION}`, '--json', '--pack-destination', fresh], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [packed] = JSON.parse(text) as { filename: string; integrity: string }[];
    if (packed?.integrity !== INTEGRITY[arch])
      throw new Error(`${name}@${VERSION} is not the package that it was`);
    execFileSync('tar', ['-xzf', join(fresh, packed.filename), '-C', fresh]);
    rmSync(kept, { recursive: true, force: true });
    renameSync(join(fresh, 'package'), kept);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return kept;
}
