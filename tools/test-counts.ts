/** What a test run came to. `notes` says what the numbers do not: each skipped test, each file that could not run. */
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
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

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
    for (const { fullName, status } of file.assertionResults) {
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

/** `N passed, N failed`, and `, N skipped` when there are any: what callers read from the last line. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
