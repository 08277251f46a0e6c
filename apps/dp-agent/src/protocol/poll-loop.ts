import { randomUUID } from 'node:crypto';
import type { AgentInfo, OrderFence, PollRequest } from '#contract';
import { Backoff, pause } from '../base/backoff.js';
import type { GatewayClient } from './gateway-client.js';
import type { Log } from '../base/log.js';
import { afterAnswer, afterCut, afterHeld, type PollWait, startWait } from './poll-wait.js';
import type { UnverifiedPollAnswer } from './wire.js';

export interface PollLoopOptions {
  readonly gateway: Pick<GatewayClient, 'poll'>;
  readonly log: Log;
  /** Orders that could be worked on now; at least one is always asked for, so that leases and cancels go on. */
  readonly capacity: () => number;
  readonly running: () => OrderFence[];
  readonly agentInfo: () => AgentInfo;
  /** False: polls only tell and hear, and ask for no order at all. */
  readonly takesOrders?: () => boolean;
  /** Deals with an answer; the next poll waits for it. */
  readonly onAnswer: (answer: UnverifiedPollAnswer, request: PollRequest) => Promise<void>;
  /** A poll came to nothing; `status` is absent when no answer came. */
  readonly onTrouble?: (status: number | undefined, reason: string) => void;
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

/** Whether somebody in between gave up: no answer came, or a proxy's own. The gateway itself says 503. */
function isCut(status: number | undefined): boolean {
  return status === undefined || status === 502 || status === 504 || status === 408;
}

/**
 * Asks the gateway for orders until aborted (R6). After orders it asks again at once; after a long poll that was held
 * open to its end it opens the next one, so that an order never waits for a pause; after any other empty answer it waits
 * as long as the server says. A poll whose answer was lost is repeated under the same id, so that its orders come again.
 */
export class PollLoop {
  private wake = new AbortController();
  private told: string | null = null;
  private wait: PollWait;

  constructor(private readonly options: PollLoopOptions) {
    this.wait = startWait(options.longPoll);
  }

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
        await this.options.onAnswer(answer.value, request);
        const seconds = (performance.now() - asked) / 1000;
        const heldOpen = seconds >= request.wait * HELD_OPEN;
        this.wait = request.wait > 0 && heldOpen ? afterHeld(this.wait) : afterAnswer(this.wait, seconds);
        const goesOn = introduction ? this.options.longPoll > 0 : request.wait > 0 && heldOpen;
        const hasStopped = request.max > 0 && !this.takesOrders();
        // only a poll that asked for none shows that none is on its way: it follows at once
        const wait = hasStopped ? 0 : this.waitAfter(answer.value, goesOn);
        if (wait > 0) await pause(wait, signal, this.wake.signal);
      } else if (answer.kind === 'away') {
        // the orders of this poll may be on their way already
        if (isCut(answer.status)) this.learn((performance.now() - asked) / 1000);
        again = { ...request, again: true, wait: Math.min(request.wait, this.wait.wait) };
        this.options.onTrouble?.(answer.status, answer.reason);
        const wait = backoff.next(answer.retryAfter);
        this.options.log.warn('gateway away', { reason: answer.reason, again: `${wait.toFixed(1)} s` });
        await pause(wait, signal);
      } else {
        const { status, code, detail, isOwn } = answer;
        // what stands on the way may have refused the answer, and its orders with it
        again = isOwn ? null : { ...request, again: true };
        this.options.log.error('poll refused', { status, code, detail });
        this.options.onTrouble?.(isOwn ? status : undefined, `${status} ${code} ${detail}`.trim());
        const wait = backoff.next();
        await pause(code === 'DP_DISABLED' ? Math.min(wait, WHEN_DISABLED) : wait, signal, this.wake.signal);
      }
    }
  }

  private takesOrders(): boolean {
    return this.options.takesOrders?.() ?? true;
  }

  private request(): PollRequest {
    const takesOrders = this.takesOrders();
    const capacity = takesOrders ? this.options.capacity() : 0;
    const agent = this.options.agentInfo();
    return {
      poll: randomUUID(),
      max: takesOrders ? Math.min(100, Math.max(1, capacity)) : 0,
      // the first is answered at once: it tells which orders of the last run are still held. And without room, an open
      // poll would only fetch what cannot be started
      wait: this.told === null || capacity <= 0 ? 0 : this.wait.wait,
      running: [],
      ...(JSON.stringify(agent) === this.told ? {} : { agent }),
    };
  }

  /** A poll was cut: after the second time at the same moment, less is asked for. */
  private learn(seconds: number): void {
    const before = this.wait.wait;
    this.wait = afterCut(this.wait, seconds);
    if (this.wait.wait === before) return;
    this.options.log.warn('something on the way ends silent connections: polls wait less from now on', {
      after: `${seconds.toFixed(1)} s`,
      wait: this.wait.wait,
    });
  }

  /** @param goesOn an open poll follows at once */
  private waitAfter(answer: UnverifiedPollAnswer, goesOn: boolean): number {
    if (!this.takesOrders() || this.options.capacity() <= 0)
      return Math.max(WHEN_BUSY, Math.min(answer.pollAfter, 60));
    return goesOn || answer.orders.length > 0 ? 0 : answer.pollAfter;
  }
}
