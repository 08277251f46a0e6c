import type { WireRelease } from '#contract';
import { classify, DONE_CODES } from '../failures/failure-table.js';
import { type FailureCode, type Phase, StepFailed } from '../failures/failure.js';
import type { RunState } from './host-facts.js';

/** How an order ended on the computer. */
export type Outcome =
  | { readonly state: 'succeeded'; readonly result: string; readonly log: string }
  | { readonly state: 'failed'; readonly failure: StepFailed; readonly log: string }
  | { readonly state: 'cancelled'; readonly log: string };

/** Exit codes of an installer that mean success, and success with a restart due. */
export interface ExitCodes {
  readonly success: readonly number[];
  readonly restart: readonly number[];
}

/** The codes of all platforms of a release: a run that is taken over may have been started for any. */
export function exitCodesOf(release: WireRelease | null): ExitCodes {
  const platforms = Object.values(release?.platforms ?? {});
  return {
    success: platforms.flatMap((platform) => platform.successCodes),
    restart: platforms.flatMap((platform) => platform.restartCodes),
  };
}

/** Whether a run got through. */
export function isSuccess(state: RunState, codes: ExitCodes): boolean {
  if (state.is === 'judged') return DONE_CODES.has(state.code);
  return state.is === 'ended' && (codes.success.includes(state.code) || codes.restart.includes(state.code));
}

/**
 * What the end of a run means.
 *
 * @param whenOk what plain success is called, when it is not `OK`
 */
export function outcomeOf(state: RunState, log: string, codes: ExitCodes, whenOk: string | null): Outcome {
  if (state.is === 'judged') return judged(state, log);
  // it was started, it runs no more, and nobody saw its end (a restart, a kill from outside)
  if (state.is !== 'ended') return failedBy('OUTCOME_UNKNOWN', 'no-result', log);
  if (codes.restart.includes(state.code)) return { state: 'succeeded', result: 'RESTART_REQUIRED', log };
  if (codes.success.includes(state.code)) return { state: 'succeeded', result: whenOk ?? 'OK', log };
  const native = { system: 'exit', code: `${state.code}`, text: log.trim().slice(-1000) };
  const code = classify(native, 'install');
  if (DONE_CODES.has(code)) return { state: 'succeeded', result: code, log };
  // it looked, and began nothing
  return { state: 'failed', failure: new StepFailed(BEFORE_INSTALL[code] ?? 'install', code, native), log };
}

export function failedBy(code: 'INSTALL_TIMEOUT' | 'OUTCOME_UNKNOWN', native: string, log: string): Outcome {
  const text = log.trim().slice(-1000);
  return {
    state: 'failed',
    failure: new StepFailed('install', code, { system: 'dp', code: native, text }),
    log,
  };
}

/** Codes of what was looked at before anything was begun, with the phase that they belong to. */
const BEFORE_INSTALL: Readonly<Partial<Record<FailureCode, Phase>>> = {
  WRONG_COMPUTER: 'reach',
  DIGEST_MISMATCH: 'stage',
  PENDING_RESTART_BLOCKS: 'check',
};

function judged({ code, text }: Extract<RunState, { is: 'judged' }>, log: string): Outcome {
  if (DONE_CODES.has(code)) return { state: 'succeeded', result: code, log: log || text };
  const native = { system: 'computer', code, text };
  return { state: 'failed', failure: new StepFailed(BEFORE_INSTALL[code] ?? 'install', code, native), log };
}
