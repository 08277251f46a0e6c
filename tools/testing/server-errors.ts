/**
 * Every answer with a status from 500 on that a test sees fails it, unless the test says that it expects it: a fault of
 * the programs must not go by because nobody looked at that answer. jest loads this before each test file; it sees what
 * goes through `fetch`, and what a test's own client tells it.
 */

interface Watch {
  /** Since the last test ended. */
  seen: { status: number; what: string }[];
  /** Expected by the test under way. */
  byTest: Set<number>;
  /** Expected by every test of the file. */
  byFile: Set<number>;
  isInTest: boolean;
}

/** One for each test file, whichever copy of this module looks. */
const KEY = Symbol.for('relaypoint.answers-of-a-test');
const shared = globalThis as { [KEY]?: Watch };
const watch: Watch = (shared[KEY] ??= { seen: [], byTest: new Set(), byFile: new Set(), isInTest: false });

/** Says of an answer what its status was. A program that is not ready yet says so by 503, and is asked again. */
export function noteAnswer(status: number, what: string): void {
  if (status < 500 || (status === 503 && what.includes('/health/ready'))) return;
  watch.seen.push({ status, what });
}

/**
 * These statuses are expected: in a test, by this test; outside of one (at the top, in `beforeAll`), by all of the file.
 * 500 is a fault of ours whatever else is wrong, so it is never among what nobody named.
 */
export function expectServerErrors(...statuses: readonly number[]): void {
  const expected = watch.isInTest ? watch.byTest : watch.byFile;
  for (const status of statuses) expected.add(status);
}

/** What was seen and not expected since the last call. */
export function unexpectedAnswers(): string[] {
  const { seen, byTest, byFile } = watch;
  const unexpected = seen.filter(({ status }) => !byTest.has(status) && !byFile.has(status));
  watch.seen = [];
  watch.byTest = new Set();
  return unexpected.map(({ status, what }) => `${status} ${what}`);
}

/** Makes every test of the file that jest has begun fail for what it did not expect. */
export function watchAnswers(): void {
  const { fetch: real } = globalThis;
  globalThis.fetch = async (input, init) => {
    const answer = await real(input, init);
    noteAnswer(
      answer.status,
      `${init?.method ?? 'GET'} ${input instanceof Request ? input.url : String(input)}`,
    );
    return answer;
  };
  const demandNone = (): void => {
    const unexpected = unexpectedAnswers();
    if (unexpected.length === 0) return;
    const some = unexpected.slice(0, 10).join('\n  ');
    throw new Error(
      `${unexpected.length} answers that nobody expects; a test that does calls expectServerErrors:\n  ${some}`,
    );
  };
  beforeEach(() => {
    watch.isInTest = true;
  });
  afterEach(() => {
    watch.isInTest = false;
    demandNone();
  });
  afterAll(demandNone);
}
