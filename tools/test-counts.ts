import { stripVTControlCharacters } from 'node:util';

/** What a test run came to. `notes` says what the numbers do not: each test that was skipped or failed, each file that could not run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notes: readonly string[];
}

/** The part of jest's `--json` result that counts. */
interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly wasInterrupted: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Characters at the beginning and at the end of a failure that are said again behind all others. */
const SAID_AGAIN = 700;

const NOT_RUN = new Set(['pending', 'skipped', 'todo', 'disabled']);

/**
 * Counts from jest's results. Whatever made jest fail counts: a file that could not be run is one failure, and so is an
 * exit code that no test explains, or a run without any test.
 */
export function countsOf(json: string | undefined, exitCode: number): Counts {
  if (json === undefined)
    return { passed: 0, failed: 1, skipped: 0, notes: [`jest gave no results (exit code ${exitCode})`] };
  const results = JSON.parse(json) as JestResults;
  const notes: string[] = [];
  let { numFailedTests: failed } = results;
  let skipped = 0;
  for (const file of results.testResults) {
    for (const { fullName, status, failureMessages = [] } of file.assertionResults) {
      if (status === 'failed') notes.push(`failed: ${fullName}${inShort(failureMessages)}`);
      if (!NOT_RUN.has(status)) continue;
      skipped += 1;
      notes.push(`skipped (${status}): ${fullName}`);
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      failed += 1;
      notes.push(`could not be run: ${file.name}`);
    }
  }
  if (results.wasInterrupted) notes.push('the run was interrupted');
  const explained = failed > 0 || (exitCode === 0 && results.numPassedTests > 0 && !results.wasInterrupted);
  if (!explained) notes.push(`no test failed, but jest ended with exit code ${exitCode}`);
  return { passed: results.numPassedTests, failed: explained ? failed : 1, skipped, notes };
}

/** What failed a test, without the way to it: a log of which only the end is kept would not have it. */
function inShort(messages: readonly string[]): string {
  const lines = stripVTControlCharacters(messages.join('\n')).split('\n');
  const text = lines.filter((line) => !/^\s*(?:at .*:\d+:\d+\)?)?$/.test(line)).join('\n');
  const short =
    text.length > 2 * SAID_AGAIN ? `${text.slice(0, SAID_AGAIN)}\n…\n${text.slice(-SAID_AGAIN)}` : text;
  return short.replaceAll(/^(?=.)/gm, '\n  ').replaceAll('\n\n', '\n');
}

/** `N passed, N failed`, and `, N skipped` when there are any: what callers read from the last line. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
