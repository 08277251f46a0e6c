import { Backoff, pause } from '../base/backoff.js';
import { messageOf } from '../base/log.js';
import { ConnectionLost, StepFailed } from '../failures/failure.js';
import { stopHere, unlessStopped } from './method.js';

/** How long to try to get to a computer on which something may run. */
export interface Perseverance {
  /** Seconds, as the DP is configured. */
  readonly reconnectFor: number;
  /** When the order must have ended, ISO 8601: nobody waits much longer. */
  readonly deadline: string;
  readonly now: () => number;
  /** Ends the wait at once, and the tries. */
  readonly stop: AbortSignal;
  /** Whether trying again after this failure would be wrong. */
  readonly isFinal: (error: unknown) => boolean;
}

/** Seconds that there are for more tries even when the deadline is over: what runs is still to be ended. */
const AT_LEAST = 10;

/**
 * Repeats what may be repeated without harm until it works, time is over, or trying again would be wrong. There is always a
 * second try: a connection that died silently has used up the time of the first.
 *
 * @param work is told whether it has been tried before; nobody waits for it any more after a stop
 * @throws what `work` threw last; Stopped
 */
export async function persevere<T>(work: (isAgain: boolean) => Promise<T>, how: Perseverance): Promise<T> {
  stopHere(how.stop);
  return unlessStopped(tries(work, how), how.stop);
}

async function tries<T>(work: (isAgain: boolean) => Promise<T>, how: Perseverance): Promise<T> {
  const { reconnectFor, deadline, now, stop, isFinal } = how;
  const backoff = new Backoff(1, 15);
  let giveUp: number | undefined;
  for (;;) {
    const isAgain = giveUp !== undefined;
    try {
      return await work(isAgain);
    } catch (error) {
      giveUp ??=
        now() + Math.min(reconnectFor, Math.max(AT_LEAST, (Date.parse(deadline) - now()) / 1000)) * 1000;
      if (isFinal(error) || (isAgain && now() > giveUp)) throw error;
      await pause(backoff.next(), stop);
      if (stop.aborted || isFinal(error)) throw error;
    }
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
