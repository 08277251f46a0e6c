import { randomUUID } from 'node:crypto';
import type { AgentInfo, OrderFence, PollRequest } from '#contract';
import { Backoff, pause } from './backoff.js';
import type { GatewayClient } from './gateway-client.js';
import type { Log } from './log.js';
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
/** Seconds until a refused DP (disabled, unknown) asks again. */
const WHEN_REFUSED = 15;

/**
 * Asks the gateway for orders until aborted (R6). After an empty answer it waits as long as the server says, after orders
 * it asks again at once. A poll whose answer was lost is repeated under the same id, so that its orders come again.
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
      const request: PollRequest = again ?? this.request();
      const answer = await this.options.gateway.poll({ ...request, running: this.options.running() }, signal);
      if (signal.aborted) return;
      if (answer.kind === 'ok') {
        backoff.reset();
        again = null;
        if (request.agent) this.told = JSON.stringify(request.agent);
        await this.options.onAnswer(answer.value);
        const wait = this.waitAfter(answer.value);
        if (wait > 0) await pause(wait, signal, this.wake.signal);
      } else if (answer.kind === 'away') {
        // the orders of this poll may be on their way already
        again = { ...request, again: true };
        const wait = backoff.next(answer.retryAfter);
        this.options.log.warn('gateway away', { reason: answer.reason, again: `${wait.toFixed(1)} s` });
        await pause(wait, signal);
      } else {
        again = null;
        const { status, code, detail } = answer;
        this.options.log.error('poll refused', { status, code, detail });
        await pause(Math.max(WHEN_REFUSED, backoff.next()), signal, this.wake.signal);
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

  private waitAfter(answer: UnverifiedPollAnswer): number {
    if (this.options.capacity() <= 0) return Math.max(WHEN_BUSY, Math.min(answer.pollAfter, 60));
    return answer.orders.length > 0 ? 0 : answer.pollAfter;
  }
}
