import { countsOf, filesToTryAnew, lastLine, slowestFiles } from './test-counts.ts';

interface File {
  name: string;
  status: string;
  startTime?: number;
  endTime?: number;
  assertionResults: { fullName: string; status: string }[];
}

function results(files: File[], wasInterrupted = false): string {
  const all = files.flatMap(({ assertionResults }) => assertionResults);
  const number = (wanted: string): number => all.filter(({ status }) => status === wanted).length;
  return JSON.stringify({
    numPassedTests: number('passed'),
    numFailedTests: number('failed'),
    wasInterrupted,
    testResults: files,
  });
}

function file(name: string, ...statuses: string[]): File {
  return {
    name,
    status: statuses.includes('failed') ? 'failed' : 'passed',
    assertionResults: statuses.map((status, index) => ({ fullName: `${name} ${index}`, status })),
  };
}

describe('the counts of a test run', () => {
  it('are those of jest when all went well', () => {
    expect(countsOf(results([file('a', 'passed', 'passed'), file('b', 'passed')]), 0)).toEqual({
      passed: 3,
      failed: 0,
      skipped: 0,
      notes: [],
    });
  });

  it('name every skipped test', () => {
    const counts = countsOf(results([file('a', 'passed', 'pending', 'todo')]), 0);
    expect(counts).toMatchObject({ passed: 1, failed: 0, skipped: 2 });
    expect(counts.notes).toEqual(['skipped (pending): a 1', 'skipped (todo): a 2']);
  });

  it('take a file that could not be loaded as a failure', () => {
    const broken = { name: 'broken.spec.ts', status: 'failed', assertionResults: [] };
    const counts = countsOf(results([file('a', 'passed'), broken]), 1);
    expect(counts).toMatchObject({ passed: 1, failed: 1, notes: ['could not be run: broken.spec.ts'] });
  });

  it('do not count a file twice that failed by its tests', () => {
    expect(countsOf(results([file('a', 'passed', 'failed')]), 1)).toMatchObject({
      passed: 1,
      failed: 1,
      notes: ['failed: a 1'],
    });
  });

  it('say again why a test failed, in short', () => {
    const broken = {
      fullName: 'it works',
      status: 'failed',
      failureMessages: [
        `Error: \u001B[31mone\u001B[39m is not two\n\n    at a (/b/c.ts:1:2)\n    at /b/d.ts:3:4\nCause: ${'x'.repeat(2000)} the end`,
      ],
    };
    const { notes } = countsOf(results([{ name: 'a', status: 'failed', assertionResults: [broken] }]), 1);
    expect(notes).toEqual([
      expect.stringMatching(
        /^failed: it works\n {2}Error: one is not two\n {2}Cause: x+\n {2}…\n {2}x+ the end$/,
      ),
    ]);
  });

  it('take a file that was tried anew by its second try, and name what passed only then', () => {
    const first = results([file('a.int-spec.ts', 'failed', 'passed'), file('b', 'passed')]);
    const passed = countsOf(first, 1, results([file('a.int-spec.ts', 'passed', 'passed')]));
    expect(passed).toEqual({
      passed: 3,
      failed: 0,
      skipped: 0,
      notes: ['passed only when tried anew, alone: a.int-spec.ts 0'],
    });
    const failed = countsOf(first, 1, results([file('a.int-spec.ts', 'failed', 'passed')]));
    expect(failed).toMatchObject({ passed: 2, failed: 1, notes: ['failed: a.int-spec.ts 0'] });
  });

  it('name a file that could be run only when it was tried anew', () => {
    const broken = { name: 'a.int-spec.ts', status: 'failed', assertionResults: [] };
    expect(countsOf(results([broken]), 1, results([file('a.int-spec.ts', 'passed')]))).toMatchObject({
      passed: 1,
      failed: 0,
      notes: ['could be run only when tried anew, alone: a.int-spec.ts'],
    });
  });

  it.each([
    ['an exit code that no test explains', results([file('a', 'passed')]), 1],
    ['a run without any test', results([]), 0],
    ['an interrupted run', results([file('a', 'passed')], true), 0],
    ['no results at all', undefined, 0],
  ])('take %s as a failure', (_, json, exitCode) => {
    expect(countsOf(json, exitCode).failed).toBe(1);
  });

  it('end in a line that programs can read', () => {
    expect(lastLine({ passed: 3, failed: 0, skipped: 0, notes: [] })).toBe('3 passed, 0 failed');
    expect(lastLine({ passed: 3, failed: 1, skipped: 2, notes: [] })).toBe('3 passed, 1 failed, 2 skipped');
  });
});

describe('what is tried anew after a whole run', () => {
  const few = [file('a.int-spec.ts', 'failed'), file('b.e2e-spec.ts', 'failed'), file('c.spec.ts', 'passed')];
  const hasPeers = (name: string): boolean => name !== 'd.spec.ts';

  it('are the files with real peers that failed, whatever they are called', () => {
    expect(filesToTryAnew(results(few))).toEqual(['a.int-spec.ts', 'b.e2e-spec.ts']);
    const all = [...few, file('wine.spec.ts', 'failed')];
    expect(filesToTryAnew(results(all), hasPeers)).toEqual([
      'a.int-spec.ts',
      'b.e2e-spec.ts',
      'wine.spec.ts',
    ]);
  });

  it.each([
    ['a rule failed', results([...few, file('d.spec.ts', 'failed')])],
    [
      'many files failed',
      results(Array.from({ length: 6 }, (_, index) => file(`${index}.int-spec.ts`, 'failed'))),
    ],
    ['the run was interrupted', results(few, true)],
    ['there are no results', undefined],
  ])('is nothing where %s', (_, json) => {
    expect(filesToTryAnew(json, hasPeers)).toEqual([]);
  });
});

describe('the slowest files', () => {
  it('come with their seconds, the longest first', () => {
    const timed = (name: string, seconds: number): File => ({
      ...file(name, 'passed'),
      startTime: 1_000,
      endTime: 1_000 + seconds * 1_000,
    });
    const json = results([timed('/r/a', 2), timed('/r/e2e/b', 110), timed('/r/c', 30)]);
    expect(slowestFiles(json, '/r', 2)).toEqual(['  110 s  e2e/b', '   30 s  c']);
  });
});
