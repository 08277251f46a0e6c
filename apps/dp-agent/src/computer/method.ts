import type { WireOrder } from '#contract';
import type { Candidate } from '../accounts/credential-store.js';
import type { RemoteComputer } from './remote-computer.js';

/** What was tried to get there, in turn: reports carry it, and the server's brakes count it. */
export type TriedAccount = { account: string; result: string };

/** A way to get administrative access to a computer. */
export interface Method {
  readonly kind: 'ssh' | 'smb' | 'local';
  /** Seconds to try to get back to a computer whose connection was lost. */
  readonly reconnectFor: number;
  /**
   * Whether the computer answers at all; cheap, and without an account.
   *
   * @throws StepFailed of phase `reach`
   */
  reach(order: WireOrder, signal: AbortSignal): Promise<void>;
  /**
   * Gets there with the first account that has administrative rights there; each account that was tried is added to
   * `tried`, whatever comes of it.
   *
   * @throws StepFailed of phase `reach` or `auth`; AccountsHeld when nothing was tried
   */
  open(
    order: WireOrder,
    candidates: readonly Candidate[],
    tried: TriedAccount[],
    signal: AbortSignal,
  ): Promise<RemoteComputer>;
}

/** Why work on an order is to stop: cancelled by the server, handed to somebody else, or the agent ends. */
export type StopReason = 'cancel' | 'lost' | 'ending';

/** What work on an order is stopped by. */
export interface StopSignals {
  /** Aborts for any reason: nothing more is begun. */
  readonly signal: AbortSignal;
  /** Aborts when everything is to be left as it is, also after a cancel. A cancel alone does not: what runs is ended first. */
  readonly leave: AbortSignal;
}

/** Stops the work on an order. */
export class StopControl implements StopSignals {
  private readonly any = new AbortController();
  private readonly leaving = new AbortController();
  readonly signal = this.any.signal;
  readonly leave = this.leaving.signal;

  /** Of two reasons the first one counts, but for a cancel: work may still be lost after it, or the agent end. */
  stop(reason: StopReason): void {
    if (!this.signal.aborted) this.any.abort(reason);
    if (reason !== 'cancel' && !this.leave.aborted) this.leaving.abort(reason);
  }
}

/** The work was asked to stop and did so at a safe place. */
export class Stopped extends Error {
  override readonly name = 'Stopped';

  constructor(readonly reason: StopReason) {
    super(reason);
  }
}

/**
 * Every account was refused twice in a row just now and may not be tried: the order goes back undone, and the server
 * decides when it comes again.
 */
export class AccountsHeld extends Error {
  override readonly name = 'AccountsHeld';
}

/** @throws Stopped when the signal has aborted; its reason is a {@link StopReason} */
export function stopHere(signal: AbortSignal): void {
  if (signal.aborted) throw new Stopped(signal.reason as StopReason);
}

/** Waits for `promise`, but no longer than until the signal aborts; `onStop` then ends what is under way. */
export async function unlessStopped<T>(
  promise: Promise<T>,
  signal: AbortSignal,
  onStop?: () => void,
): Promise<T> {
  // it has begun, stopped or not: nobody waits for it any more once this call has ended, and its fault must not end the agent
  promise.catch(() => undefined);
  if (signal.aborted) onStop?.();
  stopHere(signal);
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(new Stopped(signal.reason as StopReason));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([promise, stopped]);
  } catch (error) {
    if (error instanceof Stopped) onStop?.();
    throw error;
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
