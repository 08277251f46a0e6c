import { compareAgentVersions, type PollAnswer } from '#contract';

/** Why a version did not come to run; docs/install-dp.md says what to do. */
export const UPDATE_FAULTS = [
  'NO_LAUNCHER',
  'NOT_OFFERED',
  'UNREACHABLE',
  'BAD_SIGNATURE',
  'DIGEST_MISMATCH',
  'WRONG_PLATFORM',
  'DISK_FULL',
  'UNPACK_FAILED',
  'DOCTOR',
  'DID_NOT_START',
  'NO_POLL',
] as const;
export type UpdateFault = (typeof UPDATE_FAULTS)[number];

/** A version that failed here, as it is remembered. */
export interface UpdateFailure {
  readonly code: UpdateFault;
  readonly text: string;
  /** ISO 8601. */
  readonly at: string;
  /** How often it has failed in a row. */
  readonly count: number;
}

/** What is known when it is decided. */
export interface UpdateFacts {
  /** Undefined: the gateway speaks of no such thing. */
  readonly wanted: PollAnswer['update'];
  /** Version that runs. */
  readonly running: string;
  readonly hasLauncher: boolean;
  /** Version that is there, whole and checked. */
  readonly ready: string | null;
  /** Of the version that is wanted. */
  readonly failure: UpdateFailure | undefined;
  /** Milliseconds. */
  readonly now: number;
}

/**
 * - `stay`: what runs is what is wanted
 * - `refuse`: nobody would start another version
 * - `hold-off`: it failed, and is not tried again yet
 * - `fetch`: it is to be brought here and checked
 * - `switch`: it is to be started as soon as no order runs
 */
export type UpdateStep = 'stay' | 'refuse' | 'hold-off' | 'fetch' | 'switch';

const MINUTE = 60_000;
/** A quarter of an hour after the first failure, four times as long after each further one, a day at most. */
const FIRST_PAUSE = 15 * MINUTE;
const LONGEST_PAUSE = 24 * 60 * MINUTE;

export function nextStep({ wanted, running, hasLauncher, ready, failure, now }: UpdateFacts): UpdateStep {
  if (!wanted || wanted.version === running) return 'stay';
  if (!wanted.downgrade && compareAgentVersions(wanted.version, running) <= 0) return 'stay';
  if (!hasLauncher) return 'refuse';
  if (failure && isHeldOff(failure, now)) return 'hold-off';
  return ready === wanted.version ? 'switch' : 'fetch';
}

/** A failure of the future was noted by a clock that has been set since, and holds nothing off. */
function isHeldOff({ at, count }: UpdateFailure, now: number): boolean {
  const since = now - Date.parse(at);
  return since >= 0 && since < Math.min(LONGEST_PAUSE, FIRST_PAUSE * 4 ** (count - 1));
}
