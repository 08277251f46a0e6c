import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram, type Registry } from 'prom-client';
import { METRICS } from '#http';
import {
  FAILURE_CODES,
  failureRule,
  type InstallOrder,
  isFinal,
  type OrderEvent,
  type OrderOutcome,
} from '#domain';

/** Steps on an order's way that are timed. */
type Step = 'handed-out' | 'accepted' | 'installed' | 'registered';

/** What became of a ticket that was to be put on its DP's queue; `lost` ones were missing there and are put back. */
const TICKET_OUTCOMES = ['published', 'away', 'refused', 'lost'] as const;
type TicketOutcome = (typeof TICKET_OUTCOMES)[number];

/** Ends that say why; an order that expires keeps what has stopped it before. */
const FAILED = ['failed', 'expired', 'outcome-unknown'] as const;

/** From what a DP notices to what a person waits a day for; in seconds. */
const STEP_BUCKETS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400];

/**
 * What happens to orders, for Prometheus. Counted by the server that wrote it, once for each write that won. What rules ask
 * the growth of is there from the start as zero: a series that begins with its first count shows no growth.
 */
@Injectable()
export class OrderMetrics {
  private readonly ended: Counter<'result' | 'class' | 'code'>;
  private readonly steps: Histogram<'step'>;
  private readonly lapsed: Counter;
  private readonly ignored: Counter<'why'>;
  private readonly tickets: Counter<'outcome'>;
  private readonly lag: Histogram;

  /** Claims of gateways and the time they took. */
  readonly claims: Histogram<'outcome'>;
  /** Runs of the sweep, by its lanes. */
  readonly sweeps: Histogram<'lane'>;

  constructor(@Inject(METRICS) registry: Registry) {
    const registers = [registry];
    this.ended = new Counter({
      name: 'relaypoint_orders_ended_total',
      help: 'Orders that have ended, by state, and class and code of their failure',
      labelNames: ['result', 'class', 'code'],
      registers,
    });
    this.ended.inc({ result: 'succeeded', class: '', code: '' }, 0);
    for (const result of FAILED)
      for (const code of FAILURE_CODES) this.ended.inc({ result, class: failureRule(code).retry, code }, 0);
    this.steps = new Histogram({
      name: 'relaypoint_order_step_seconds',
      help: 'Time from when an order was made until it first got to a step',
      labelNames: ['step'],
      buckets: STEP_BUCKETS,
      registers,
    });
    this.lapsed = new Counter({
      name: 'relaypoint_leases_lapsed_total',
      help: 'Orders that a DP was given and said nothing of in time',
      registers,
    });
    this.ignored = new Counter({
      name: 'relaypoint_reports_ignored_total',
      help: 'Reports that changed nothing, by reason; stale-fence: of a lease that was over',
      labelNames: ['why'],
      registers,
    });
    this.tickets = new Counter({
      name: 'relaypoint_tickets_total',
      help: 'Tickets for order queues, by what became of them',
      labelNames: ['outcome'],
      registers,
    });
    for (const outcome of TICKET_OUTCOMES) this.tickets.inc({ outcome }, 0);
    this.lag = new Histogram({
      name: 'relaypoint_report_lag_seconds',
      help: 'Time from when a gateway took a report until it was applied',
      buckets: [0.05, 0.2, 1, 5, 30, 120, 600],
      registers,
    });
    this.claims = new Histogram({
      name: 'relaypoint_claim_seconds',
      help: 'Time to answer a claim',
      labelNames: ['outcome'],
      buckets: [0.01, 0.05, 0.2, 1, 4],
      registers,
    });
    this.sweeps = new Histogram({
      name: 'relaypoint_sweep_seconds',
      help: 'Duration of looks at what is due, by lane',
      labelNames: ['lane'],
      buckets: [0.01, 0.1, 1, 5, 30],
      registers,
    });
  }

  ticket(outcome: TicketOutcome, count = 1): void {
    this.tickets.inc({ outcome }, count);
  }

  applied(receivedAt: Date, now: Date): void {
    this.lag.observe(Math.max(0, now.getTime() - receivedAt.getTime()) / 1000);
  }

  /** What an event did to an order, written or not. */
  event({ type }: OrderEvent, outcome: OrderOutcome): void {
    if (type === 'lease-lapsed' && outcome.changed) this.lapsed.inc();
    if (type === 'reported' && !outcome.changed) this.ignored.inc({ why: outcome.why });
  }

  /** A write of an order that won. */
  moved(before: InstallOrder, after: InstallOrder, now: Date): void {
    if (before.fence === 0 && after.fence > 0) this.reached('handed-out', after, now);
    if (before.acceptedRound === 0 && after.acceptedRound > 0) this.reached('accepted', after, now);
    if (!isFinal(after.state) || isFinal(before.state)) return;
    if (after.state === 'succeeded') this.reached('installed', after, now);
    const code = after.failure?.code;
    this.ended.inc({
      result: after.state,
      class: code ? failureRule(code).retry : '',
      code: code ?? '',
    });
  }

  reached(step: Step, { createdAt }: Pick<InstallOrder, 'createdAt'>, now: Date): void {
    this.steps.observe({ step }, Math.max(0, now.getTime() - createdAt.getTime()) / 1000);
  }
}
