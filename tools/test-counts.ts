import { stripVTControlCharacters } from 'node:util';
import { needsOf } from './test-needs.ts';

/** What a test run came to. `notes` says what the numbers do not: each test that was skipped or failed, each file that could not run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly notes: readonly string[];
}

/** The part of jest's `--json` result that counts. */
export interface JestResults {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly wasInterrupted: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Milliseconds since 1970. */
    readonly startTime: number;
    readonly endTime: number;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      /** Milliseconds; null where it was not run. */
      readonly duration?: number | null;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

type FileResult = JestResults['testResults'][number];

/** Characters at the beginning and at the end of a failure that are said again behind all others. */
const SAID_AGAIN = 700;

const NOT_RUN = new Set(['pending', 'skipped', 'todo', 'disabled']);

/** So many files are tried anew at most: more of them are no accident. */
const TRIED_ANEW = 5;

/**
 * The files of a whole run that are tried anew, alone: those with real peers, which share two processors with another file.
 * None when a rule failed, which needs no peer, or when many files did.
 */
export function filesToTryAnew(
  json: string | undefined,
  hasPeers = (file: string) => needsOf([file]).peers,
): string[] {
  if (json === undefined) return [];
  const { testResults, wasInterrupted } = JSON.parse(json) as JestResults;
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const mayBeTried = !wasInterrupted && failed.length <= TRIED_ANEW && failed.every((file) => hasPeers(file));
  return mayBeTried ? failed : [];
}

/**
 * Counts from jest's results. Whatever made jest fail counts: a file that could not be run is one failure, and so is an
 * exit code that no test explains, or a run without any test. `anew` is what the files gave that were run a second time: it counts, and a
 * test that passed only then is named with what failed it at first.
 */
export function countsOf(json: string | undefined, exitCode: number, anew?: string): Counts {
  if (json === undefined)
    return { passed: 0, failed: 1, skipped: 0, notes: [`jest gave no results (exit code ${exitCode})`] };
  const results = JSON.parse(json) as JestResults;
  const second = new Map(
    anew === undefined ? [] : (JSON.parse(anew) as JestResults).testResults.map((file) => [file.name, file]),
  );
  const notes: string[] = [];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const first of results.testResults) {
    const file = second.get(first.name) ?? first;
    for (const { fullName, status, failureMessages = [] } of file.assertionResults) {
      if (status === 'passed') passed += 1;
      if (status === 'failed') {
        failed += 1;
        notes.push(`failed: ${fullName}${inShort(failureMessages)}`);
      }
      if (!NOT_RUN.has(status)) continue;
      skipped += 1;
      notes.push(`skipped (${status}): ${fullName}`);
    }
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      failed += 1;
      notes.push(`could not be run: ${file.name}`);
    }
    if (file !== first) notes.push(...passedOnlyAnew(first, file));
  }
  if (results.wasInterrupted) notes.push('the run was interrupted');
  const explained =
    failed > 0 || ((exitCode === 0 || second.size > 0) && passed > 0 && !results.wasInterrupted);
  if (!explained) notes.push(`no test failed, but jest ended with exit code ${exitCode}`);
  return { passed, failed: explained ? failed : 1, skipped, notes };
}

function passedOnlyAnew(first: FileResult, second: FileResult): string[] {
  const passed = new Set(
    second.assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
  );
  const tests = first.assertionResults.filter(
    ({ fullName, status }) => status === 'failed' && passed.has(fullName),
  );
  if (tests.length === 0 && second.status === 'passed')
    return [`could be run only when tried anew, alone: ${first.name}`];
  return tests.map(
    ({ fullName, failureMessages = [] }) =>
      `passed only when tried anew, alone: ${fullName}${inShort(failureMessages)}`,
  );
}

/** The files that took longest, a line each with seconds and name: where a suite that has become slow is to be looked at. */
export function slowestFiles(json: string | undefined, root: string, number = 15): string[] {
  if (json === undefined) return [];
  const { testResults } = JSON.parse(json) as JestResults;
  const took = testResults.map(({ name, startTime, endTime }) => ({
    name: name.replace(`${root}/`, ''),
    seconds: Math.round((endTime - startTime) / 1000),
  }));
  const longest = took.toSorted((a, b) => b.seconds - a.seconds).slice(0, number);
  return longest.map(({ name, seconds }) => `${String(seconds).padStart(5)} s  ${name}`);
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
