import { Inject, Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { METRICS } from '#http';

/** How a poll ended. */
export type PollOutcome = 'orders' | 'nothing' | 'gone' | 'superseded' | 'stopping' | 'failed';
/** What became of a call to the server. */
const CALL_OUTCOMES = ['answered', 'refused', 'unanswered', 'given-up'] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** What the gateway counts, for Prometheus. No series of single DPs: there may be thousands. */
@Injectable()
export class GatewayMetrics {
  readonly openPolls: Gauge;
  private readonly polls: Counter<'outcome'>;
  private readonly calls: Histogram;
  private readonly callOutcomes: Counter<'call' | 'outcome'>;
  private readonly refused: Counter<'code'>;

  constructor(@Inject(METRICS) registry: Registry) {
    const registers = [registry];
    this.openPolls = new Gauge({
      name: 'relaypoint_gateway_polls_open',
      help: 'Polls that are being answered: DPs that listen right now',
      registers,
    });
    this.polls = new Counter({
      name: 'relaypoint_gateway_polls_total',
      help: 'Polls by how they ended',
      labelNames: ['outcome'],
      registers,
    });
    this.calls = new Histogram({
      name: 'relaypoint_gateway_call_seconds',
      help: 'Time from a call to the server until its answer, or until it was given up',
      buckets: [0.01, 0.05, 0.2, 1, 4, 15],
      registers,
    });
    this.callOutcomes = new Counter({
      name: 'relaypoint_gateway_calls_total',
      help: 'Calls to the server by what became of them',
      labelNames: ['call', 'outcome'],
      registers,
    });
    this.refused = new Counter({
      name: 'relaypoint_gateway_refused_total',
      help: 'Requests that were answered with a problem, by its code',
      labelNames: ['code'],
      registers,
    });
    for (const code of ['UNAUTHENTICATED', 'RATE_LIMITED']) this.refused.inc({ code }, 0);
  }

  polled(outcome: PollOutcome): void {
    this.polls.inc({ outcome });
  }

  /** A call begins. @returns to be called at its end */
  calling(call: string): (outcome: CallOutcome) => void {
    // zeroes, so that the first one of a kind is seen as growth
    for (const outcome of CALL_OUTCOMES) this.callOutcomes.inc({ call, outcome }, 0);
    const end = this.calls.startTimer();
    return (outcome) => {
      end();
      this.callOutcomes.inc({ call, outcome });
    };
  }

  problem(code: string): void {
    this.refused.inc({ code });
  }
}
