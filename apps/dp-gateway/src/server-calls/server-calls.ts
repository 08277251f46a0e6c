import { Inject, Injectable } from '@nestjs/common';
import type { CallPattern, Calls } from '#contract';
import { DomainError } from '#domain';
import { RpcClient } from '#messaging';
import { GATEWAY_ENV, type GatewayEnv } from '../env.js';
import { type CallOutcome, GatewayMetrics } from '../http/gateway-metrics.js';
import { TryLater } from '../http/try-later.js';
import { Turns } from './turns.js';

/** Calls under way at once: what a server takes in hand, and some on the queue so that it never has to wait. */
const CONCURRENCY = 100;
/** Milliseconds that a call may wait for its turn. A DP waits 30 s longer for its poll's answer than the poll itself. */
const WAIT_TIMEOUT_MS = 10_000;

/**
 * Calls to the server, so many at once. When more DPs ask than the server can answer, those beyond wait here, where it costs
 * nothing: on the queue, calls that nobody waits for any more would take the time of those that follow.
 */
@Injectable()
export class ServerCalls {
  private readonly turns = new Turns(CONCURRENCY, WAIT_TIMEOUT_MS);

  constructor(
    private readonly rpc: RpcClient,
    private readonly metrics: GatewayMetrics,
    @Inject(GATEWAY_ENV) private readonly env: GatewayEnv,
  ) {}

  /**
   * @param isWanted asked when the turn comes; false: nobody waits for the answer any more
   * @throws DomainError as the server threw it
   * @throws BrokerUnavailable when there is no answer; the outcome is unknown
   * @throws TryLater when its turn did not come in time, or nobody wants it any more: the server has not heard of it
   */
  async call<Pattern extends CallPattern>(
    pattern: Pattern,
    request: Calls[Pattern]['request'],
    isWanted: () => boolean = () => true,
  ): Promise<Calls[Pattern]['response']> {
    const end = this.metrics.calling(pattern);
    let outcome: CallOutcome = 'unanswered';
    try {
      const answer = await this.inTurn(pattern, request, isWanted);
      outcome = 'answered';
      return answer;
    } catch (error) {
      if (error instanceof DomainError) outcome = 'refused';
      if (error instanceof TryLater) outcome = 'given-up';
      throw error;
    } finally {
      end(outcome);
    }
  }

  private async inTurn<Pattern extends CallPattern>(
    pattern: Pattern,
    request: Calls[Pattern]['request'],
    isWanted: () => boolean,
  ): Promise<Calls[Pattern]['response']> {
    if (!(await this.turns.take())) throw new TryLater('UNAVAILABLE', { key: 'gateway.serverBusy' });
    try {
      if (!isWanted()) throw new TryLater('UNAVAILABLE', { key: 'gateway.replaced' });
      return await this.rpc.call(pattern, request, this.env.CALL_TIMEOUT_MS);
    } finally {
      this.turns.giveBack();
    }
  }
}
