// Python programs that tests run, each in an environment of its own: schemathesis, which tests an API by its OpenAPI
// document alone, and what uses the admin API as a Python script does.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 240_000;

/** Program → the variable by which one can be given, and by which the tests find it. */
const PROGRAMS = {
  schemathesis: {
    variable: 'RELAYPOINT_TEST_SCHEMATHESIS',
    requirements: 'schemathesis',
    binary: 'schemathesis',
  },
  python: { variable: 'RELAYPOINT_TEST_PYTHON', requirements: 'api-clients', binary: 'python' },
} as const;

/** The variables of the programs that can be had, and a sentence for each other one. */
export interface PythonPrograms {
  readonly variables: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
}

/**
 * Takes what is given, or installs the pinned versions below `folder`, once: an environment is named after the versions in
 * it, and gets its name when it is complete.
 */
export async function takePythonPrograms(folder: string, given: NodeJS.ProcessEnv): Promise<PythonPrograms> {
  const variables: Record<string, string> = {};
  const missing: string[] = [];
  // one after the other: pip may be using the same cache
  for (const [name, { variable, requirements, binary }] of Object.entries(PROGRAMS)) {
    try {
      variables[variable] = given[variable] ?? (await install(folder, requirements, binary));
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      const why = said.trim().split('\n').at(-1) ?? 'unknown';
      missing.push(`${name}: its tests are skipped, ${requirements}.txt cannot be installed here (${why})`);
    }
  }
  return { variables, missing };
}

async function install(folder: string, name: string, binary: string): Promise<string> {
  const requirements = join(import.meta.dirname, `${name}.txt`);
  const versions = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12);
  const environment = join(folder, `${name}-${versions}`);
  const program = join(environment, 'bin', binary);
  const complete = join(environment, 'complete');
  if (existsSync(complete)) return program;
  rmSync(environment, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', environment]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '-r', requirements];
  await run(join(environment, 'bin', 'python'), pip, { timeout: INSTALL_TIMEOUT_MS });
  writeFileSync(complete, '');
  return program;
}
