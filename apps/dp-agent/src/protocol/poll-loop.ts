import { randomUUID } from 'node:crypto';
import type { AgentInfo, OrderFence, PollRequest } from '#contract';
import { Backoff, pause } from '../base/backoff.js';
import type { GatewayClient } from './gateway-client.js';
import type { Log } from '../base/log.js';
import type { UnverifiedPollAnswer } from './wire.js';

export interface PollLoopOptions {
  readonly gateway: Pick<GatewayClient, 'poll'>;
  readonly log: Log;
  /** Orders that could be worked on now; at least one is always asked for, so that leases and cancels go on. */
  readonly capacity: () => number;
  readonly running: () => OrderFence[];
  readonly agentInfo: () => AgentInfo;
  /** Deals with an answer; the next poll waits for it. */
  readonly onAnswer: (answer: UnverifiedPollAnswer) => Promise<void>;
  /** Seconds that the gateway may hold a poll open. */
  readonly longPoll: number;
  readonly backoff?: Backoff;
}

/** Seconds between polls while the agent works at its limit, whatever the last answer held. */
const WHEN_BUSY = 10;
/** Seconds at most until a disabled DP asks again: it may be enabled any moment, and the answer costs the gateway little. */
const WHEN_DISABLED = 5;

/** Part of a long poll's time that must have passed for it to count as held open: clocks and timers are not exact. */
const HELD_OPEN = 0.9;

/**
 * Asks the gateway for orders until aborted (R6). After orders it asks again at once; after a long poll that was held
 * open to its end it opens the next one, so that an order never waits for a pause; after any other empty answer it waits
 * as long as the server says. A poll whose answer was lost is repeated under the same id, so that its orders come again.
 */
export class PollLoop {
  private wake = new AbortController();
  private told: string | null = null;

  constructor(private readonly options: PollLoopOptions) {}

  /** Polls without waiting any longer, because there is room again or something to say. */
  pollNow(): void {
    this.wake.abort();
  }

  async run(signal: AbortSignal): Promise<void> {
    const backoff = this.options.backoff ?? new Backoff();
    let again: PollRequest | null = null;
    while (!signal.aborted) {
      if (this.wake.signal.aborted) this.wake = new AbortController();
      const introduction = this.told === null;
      const request: PollRequest = again ?? this.request();
      const asked = performance.now();
      const answer = await this.options.gateway.poll({ ...request, running: this.options.running() }, signal);
      if (signal.aborted) return;
      if (answer.kind === 'ok') {
        backoff.reset();
        again = null;
        if (request.agent) this.told = JSON.stringify(request.agent);
        await this.options.onAnswer(answer.value);
        const heldOpen = performance.now() - asked >= request.wait * 1000 * HELD_OPEN;
        const goesOn = introduction ? this.options.longPoll > 0 : request.wait > 0 && heldOpen;
        const wait = this.waitAfter(answer.value, goesOn);
        if (wait > 0) await pause(wait, signal, this.wake.signal);
      } else if (answer.kind === 'away') {
        // the orders of this poll may be on their way already
        again = { ...request, again: true };
        const wait = backoff.next(answer.retryAfter);
        this.options.log.warn('gateway away', { reason: answer.reason, again: `${wait.toFixed(1)} s` });
        await pause(wait, signal);
      } else {
        const { status, code, detail, isOwn } = answer;
        // what stands on the way may have refused the answer, and its orders with it
        again = isOwn ? null : { ...request, again: true };
        this.options.log.error('poll refused', { status, code, detail });
        const wait = backoff.next();
        await pause(code === 'DP_DISABLED' ? Math.min(wait, WHEN_DISABLED) : wait, signal, this.wake.signal);
      }
    }
  }

  private request(): PollRequest {
    const capacity = this.options.capacity();
    const agent = this.options.agentInfo();
    return {
      poll: randomUUID(),
      max: Math.min(100, Math.max(1, capacity)),
      // the first is answered at once: it tells which orders of the last run are still held. And without room, an open
      // poll would only fetch what cannot be started
      wait: this.told === null || capacity <= 0 ? 0 : this.options.longPoll,
      running: [],
      ...(JSON.stringify(agent) === this.told ? {} : { agent }),
    };
  }

  /** @param goesOn an open poll follows at once */
  private waitAfter(answer: UnverifiedPollAnswer, goesOn: boolean): number {
    if (this.options.capacity() <= 0) return Math.max(WHEN_BUSY, Math.min(answer.pollAfter, 60));
    return goesOn || answer.orders.length > 0 ? 0 : answer.pollAfter;
  }
}
