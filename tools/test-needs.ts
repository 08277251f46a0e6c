import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What the files of a test run need besides their sources. */
export interface TestNeeds {
  /** Broker, database, and the Debian packages of the tests. */
  readonly peers: boolean;
  /** What the build leaves in dist/. */
  readonly build: boolean;
}

/** Nothing about such a file says that a rule alone is tried in it. */
const WITH_EVERYTHING = /\.(?:int|e2e)-spec\.ts$/;

/**
 * What test files need: those of integration and of the whole system need everything, others nothing, unless their first
 * comment says `@needs peers` or `@needs build`.
 */
export function needsOf(
  files: readonly string[],
  read = (file: string) => readFileSync(file, 'utf8'),
): TestNeeds {
  const needs = { peers: false, build: false };
  for (const file of files) {
    const said = WITH_EVERYTHING.test(file) ? ['peers', 'build'] : saidBy(read(file));
    needs.peers ||= said.includes('peers');
    needs.build ||= said.includes('build');
  }
  return needs;
}

function saidBy(text: string): (string | undefined)[] {
  const [comment = ''] = /^\s*\/\*\*.*?\*\//s.exec(text) ?? [];
  return Array.from(comment.matchAll(/@needs (\w+)/g), ([, need]) => need);
}

/** The files that jest would run for these arguments; undefined when it does not say. */
export function filesOf(root: string, jestArguments: readonly string[]): string[] | undefined {
  const listed = spawnSync('jest', ['--listTests', '--json', ...jestArguments], {
    cwd: root,
    encoding: 'utf8',
  });
  try {
    return listed.status === 0 ? (JSON.parse(listed.stdout) as string[]) : undefined;
  } catch {
    return undefined;
  }
}
