import {
  DIRECTORY_TEST_STEPS,
  transportOf,
  type Directory,
  type DirectoryTestStep,
  type DirectoryTestStepName,
  type ImportFaultCode,
} from '#domain';
import { ImportFailure } from '../import-failure.js';
import { computerFilter, isController } from './computer-entries.js';
import { faultOfStep } from './directory-faults.js';
import { DirectorySession } from './directory-session.js';

/** Counting ends after so many milliseconds: somebody waits for the answer. */
const COUNT_MS = 20_000;

/** Nothing is sent when the password must not be: these are told where it would have been. */
const BEFORE_ANYTHING: readonly ImportFaultCode[] = [
  'EMPTY_PASSWORD',
  'PASSWORD_UNREADABLE',
  'PLAIN_REFUSED',
];

interface DirectoryTest {
  steps: DirectoryTestStep[];
  count: number | null;
}

/** Goes the way of an import, step by step, and says of each how it went. */
export async function testDirectory(
  directory: Directory,
  password: () => Promise<string>,
): Promise<DirectoryTest> {
  const steps = new Map<DirectoryTestStepName, DirectoryTestStep>();
  let current: { step: DirectoryTestStepName; text: string; since: number } | undefined;
  const end = (ok: boolean, code: string | null, text?: string): void => {
    if (!current) return;
    const { step, since } = current;
    const milliseconds = Math.round(performance.now() - since);
    steps.set(step, { step, ok, code, text: text ?? current.text, milliseconds });
    current = undefined;
  };
  const begin = (step: DirectoryTestStepName, text: string): void => {
    end(true, null);
    current = { step, text, since: performance.now() };
  };

  let count: number | null = null;
  let session: DirectorySession | undefined;
  try {
    begin('resolve', directory.url);
    session = await DirectorySession.open(directory, await password(), begin);
    for (const base of directory.bases) {
      begin('search', base);
      if (!(await session.entry({ base, attributes: ['objectClass'] }))) {
        throw new ImportFailure(
          'BASE_NOT_FOUND',
          `The directory has no "${base}", or the account may not see it.`,
        );
      }
    }
    begin('count', '');
    const counted = await countComputers(session, directory);
    count = counted.count;
    end(true, null, counted.text);
  } catch (error) {
    const { code, text } = faultOfStep(current?.step ?? 'resolve', error);
    if (current && BEFORE_ANYTHING.includes(code)) current.step = 'bind';
    end(false, code, text);
  } finally {
    await session?.close();
  }
  return { steps: DIRECTORY_TEST_STEPS.map((step) => steps.get(step) ?? untried(step, directory)), count };
}

async function countComputers(
  session: DirectorySession,
  directory: Directory,
): Promise<{ count: number; text: string }> {
  const until = performance.now() + COUNT_MS;
  const filter = computerFilter(directory.filter);
  const found = new Set<string>();
  for (const base of directory.bases) {
    for await (const page of session.pages({ base, filter, attributes: ['primaryGroupID'] })) {
      for (const entry of page) if (!isController(entry)) found.add(entry.dn);
      if (performance.now() > until) return { count: found.size, text: `more than ${found.size} computers` };
    }
  }
  return { count: found.size, text: found.size === 1 ? '1 computer' : `${found.size} computers` };
}

function untried(step: DirectoryTestStepName, directory: Directory): DirectoryTestStep {
  const plain = step === 'tls' && transportOf(directory) === 'plain';
  return { step, ok: null, code: null, text: plain ? 'Not encrypted' : 'Not tried', milliseconds: 0 };
}
