// schemathesis, which tests an API by its OpenAPI document alone: a Python program in an environment of its own.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'schemathesis.txt');
const INSTALL_TIMEOUT_MS = 240_000;

/** The program, or why it cannot be had here. */
export type Schemathesis = { readonly program: string } | { readonly missing: string };

/**
 * Takes the program that is given, or installs the pinned one below `folder`, once: an environment is named after the
 * versions in it, and gets its name when it is complete.
 */
export async function takeSchemathesis(folder: string, given: string | undefined): Promise<Schemathesis> {
  if (given) return { program: given };
  const versions = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  const environment = join(folder, `schemathesis-${versions}`);
  const program = join(environment, 'bin', 'schemathesis');
  const complete = join(environment, 'complete');
  if (existsSync(complete)) return { program };
  try {
    rmSync(environment, { recursive: true, force: true });
    await run('python3', ['-m', 'venv', environment]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '-r', REQUIREMENTS];
    await run(join(environment, 'bin', 'python'), pip, { timeout: INSTALL_TIMEOUT_MS });
    writeFileSync(complete, '');
    return { program };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { missing: said.trim().split('\n').at(-1) ?? 'unknown' };
  }
}
