import { Catch } from '@nestjs/common';
import { type ProblemAnswer, type ProblemCode, ProblemFilter } from '#http';
import { BrokerUnavailable, QueueRefused, TopologyMismatch, Unroutable } from '#messaging';
import { GatewayMetrics } from './gateway-metrics.js';
import { RetryAfter } from './retry-after.js';
import { TryLater } from './try-later.js';

/** The problems that only the gateway has: what is behind it is away or has too much to do, and the DP is told when to come back. */
@Catch()
export class GatewayProblemFilter extends ProblemFilter {
  constructor(
    private readonly comeBack: RetryAfter,
    private readonly metrics: GatewayMetrics,
  ) {
    super();
  }

  protected override answered(code: ProblemCode): void {
    this.metrics.problem(code);
  }

  protected override ownAnswer(error: unknown): ProblemAnswer | null {
    if (error instanceof BrokerUnavailable || error instanceof Unroutable || isQueueFault(error))
      return { code: 'UNAVAILABLE', detail: { key: 'gateway.unavailable' }, headers: this.retryAfter(null) };
    if (error instanceof TryLater)
      return { code: error.code, detail: error.detail, headers: this.retryAfter(error.seconds) };
    return null;
  }

  /** A queue that somebody has to set right is no matter of the DP, and its sentence is for the log. */
  protected override isForOperators(error: unknown): boolean {
    return isQueueFault(error);
  }

  private retryAfter(seconds: number | null): Record<string, string> {
    return { 'retry-after': String(seconds ?? this.comeBack.after(performance.now(), Math.random())) };
  }
}

function isQueueFault(error: unknown): boolean {
  return error instanceof TopologyMismatch || error instanceof QueueRefused;
}
