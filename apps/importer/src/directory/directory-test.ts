import type { Entry } from 'ldapts';
import {
  DIRECTORY_TEST_STEPS,
  transportOf,
  type Directory,
  type DirectoryTestStep,
  type DirectoryTestStepName,
  type ImportFaultCode,
} from '#domain';
import type { TestDirectoryAnswer } from '#contract';
import { type MessageDescriptor, textIn } from '#texts';
import { textOf } from './directory-values.js';
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

type Samples = NonNullable<TestDirectoryAnswer['samples']>;
/** Computers that are shown of those that were found. */
const SAMPLES = 5;
const SHOWN = ['primaryGroupID', 'sAMAccountName', 'dNSHostName', 'operatingSystem'];

/** Goes the way of an import, step by step, and says of each how it went. */
export async function testDirectory(
  directory: Directory,
  password: () => Promise<string>,
  allowed: AllowedHosts,
): Promise<TestDirectoryAnswer> {
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
  let samples: Samples = [];
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
    ({ count, samples } = counted);
    end(true, null, counted.said);
  } catch (error) {
    const fault = faultOfStep(current?.step ?? 'resolve', error);
    if (current && BEFORE_ANYTHING.includes(fault.code)) current.step = 'bind';
    end(false, fault.code, fault);
  } finally {
    await session?.close();
  }
  const all = DIRECTORY_TEST_STEPS.map((step) => steps.get(step) ?? untried(step, directory));
  return { steps: all, count, samples };
}

/** Counts what the filter lets through, and picks some of it, each as likely as the other. */
async function countComputers(
  session: DirectorySession,
  directory: Directory,
): Promise<{ count: number; samples: Samples; said: MessageDescriptor }> {
  const until = performance.now() + COUNT_MS;
  const filter = computerFilter(directory.filter);
  const found = new Set<string>();
  const samples: Samples = [];
  const told = (key: 'directory.found' | 'directory.foundMore') => {
    const count = found.size;
    return { count, samples, said: { key, params: { count } } } as const;
  };
  for (const base of directory.bases) {
    for await (const page of session.pages({ base, filter, attributes: SHOWN })) {
      for (const entry of page) {
        if (isController(entry) || found.has(entry.dn)) continue;
        found.add(entry.dn);
        const place = Math.floor(Math.random() * found.size);
        if (samples.length < SAMPLES) samples.push(sampleOf(entry));
        else if (place < SAMPLES) samples[place] = sampleOf(entry);
      }
      if (performance.now() > until) return told('directory.foundMore');
    }
  }
  return told('directory.found');
}

function sampleOf(entry: Entry): Samples[number] {
  return {
    name: (textOf(entry['sAMAccountName']) ?? '').replace(/\$$/, ''),
    dnsName: textOf(entry['dNSHostName']),
    os: textOf(entry['operatingSystem']),
    dn: entry.dn,
  };
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
