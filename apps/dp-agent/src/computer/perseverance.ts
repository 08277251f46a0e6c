import { Backoff, pause } from '../base/backoff.js';
import { messageOf } from '../base/log.js';
import { ConnectionLost, StepFailed } from '../failures/failure.js';
import type { StopSignals } from './method.js';

/** How long to try to get to a computer on which something may run. */
export interface Perseverance {
  /** Seconds, as the DP is configured. */
  readonly reconnectFor: number;
  /** When the order must have ended, ISO 8601: nobody waits much longer. */
  readonly deadline: string;
  readonly now: () => number;
  /** Shorten the pauses; what stops the tries is {@link isFinal}. */
  readonly signals: StopSignals;
  /** Whether this failure is not to be tried again. */
  readonly isFinal: (error: unknown) => boolean;
}

/** Seconds that there are for a try even when the deadline is over: what runs is still to be ended. */
const AT_LEAST = 10;

/**
 * Repeats what may be repeated without harm until it works, time is over, or trying again would be wrong.
 *
 * @param work is told whether it has been tried before
 * @throws what `work` threw last
 */
export async function persevere<T>(
  work: (isAgain: boolean) => Promise<T>,
  { reconnectFor, deadline, now, signals, isFinal }: Perseverance,
): Promise<T> {
  const backoff = new Backoff(1, 15);
  const left = (Date.parse(deadline) - now()) / 1000;
  const giveUp = now() + Math.min(reconnectFor, Math.max(AT_LEAST, left)) * 1000;
  for (let isAgain = false; ; isAgain = true) {
    try {
      return await work(isAgain);
    } catch (error) {
      if (isFinal(error) || now() > giveUp) throw error;
    }
    // a cancelled run still has to be ended: its signal shortens nothing any more
    const { signal, leave } = signals;
    await pause(backoff.next(), leave, ...(signal.aborted ? [] : [signal]));
  }
}

/** What it means that there is no way to a computer on which something may run: nothing is known of its end. */
export function noWayBack(error: unknown): StepFailed {
  const native =
    error instanceof StepFailed
      ? {
          system: error.native?.system ?? 'dp',
          code: error.code,
          text: `${error.code} ${error.native?.text ?? ''}`,
        }
      : {
          system: error instanceof ConnectionLost ? error.system : 'dp',
          code: 'lost',
          text: messageOf(error),
        };
  const text = `no way back to the computer: ${native.text}`.trim();
  return new StepFailed('install', 'OUTCOME_UNKNOWN', { ...native, text });
}
