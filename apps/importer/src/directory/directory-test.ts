import {
  DIRECTORY_TEST_STEPS,
  transportOf,
  type Directory,
  type DirectoryTestStep,
  type DirectoryTestStepName,
  type ImportFaultCode,
} from '#domain';
import { type MessageDescriptor, textIn } from '#texts';
import { ImportFailure } from '../runs/import-failure.js';
import type { AllowedHosts } from '../config/allowed-hosts.js';
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
  allowed: AllowedHosts,
): Promise<DirectoryTest> {
  const steps = new Map<DirectoryTestStepName, DirectoryTestStep>();
  let current: { step: DirectoryTestStepName; text: string; since: number } | undefined;
  const end = (ok: boolean, code: string | null, said?: MessageDescriptor): void => {
    if (!current) return;
    const { step, since } = current;
    const milliseconds = Math.round(performance.now() - since);
    const texts = said ? spoken(said) : { text: current.text };
    steps.set(step, { step, ok, code, ...texts, milliseconds });
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
    session = await DirectorySession.open(directory, await password(), allowed, begin);
    for (const base of directory.bases) {
      begin('search', base);
      if (!(await session.entry({ base, attributes: ['objectClass'] }))) {
        throw new ImportFailure('BASE_NOT_FOUND', 'directory.baseNotFound', { base });
      }
    }
    begin('count', '');
    const counted = await countComputers(session, directory);
    count = counted.count;
    end(true, null, counted.said);
  } catch (error) {
    const fault = faultOfStep(current?.step ?? 'resolve', error);
    if (current && BEFORE_ANYTHING.includes(fault.code)) current.step = 'bind';
    end(false, fault.code, fault);
  } finally {
    await session?.close();
  }
  return { steps: DIRECTORY_TEST_STEPS.map((step) => steps.get(step) ?? untried(step, directory)), count };
}

async function countComputers(
  session: DirectorySession,
  directory: Directory,
): Promise<{ count: number; said: MessageDescriptor }> {
  const until = performance.now() + COUNT_MS;
  const filter = computerFilter(directory.filter);
  const found = new Set<string>();
  for (const base of directory.bases) {
    for await (const page of session.pages({ base, filter, attributes: ['primaryGroupID'] })) {
      for (const entry of page) if (!isController(entry)) found.add(entry.dn);
      if (performance.now() > until)
        return { count: found.size, said: { key: 'directory.foundMore', params: { count: found.size } } };
    }
  }
  return { count: found.size, said: { key: 'directory.found', params: { count: found.size } } };
}

function untried(step: DirectoryTestStepName, directory: Directory): DirectoryTestStep {
  const plain = step === 'tls' && transportOf(directory) === 'plain';
  const said = spoken({ key: plain ? 'directory.notEncrypted' : 'directory.notTried' });
  return { step, ok: null, code: null, ...said, milliseconds: 0 };
}

/** In English as well, for servers of an earlier version. */
function spoken({ key, params = {} }: MessageDescriptor): Pick<DirectoryTestStep, 'key' | 'params' | 'text'> {
  return { key, params, text: textIn('en', { key, params }) };
}
