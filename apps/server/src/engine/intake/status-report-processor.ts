import { Injectable, Logger } from '@nestjs/common';
import type { ReportMessage } from '#contract';
import {
  type DpId,
  type FailureCode,
  failureRule,
  type InstallOrder,
  isFailureCode,
  type OrderId,
  type Phase,
  runningLease,
  wasPreviousHolder,
} from '#domain';
import { OrderRepository } from '#persistence';
import { activeTrace, currentTime, isTracing, RequestBatcher } from '#runtime';
import { AuditService } from '../../platform/audit/audit.service.js';
import { BrakeTrips, type ReportedOutcome } from '../brakes/brake-trips.js';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { Metrics } from '../../platform/health/metrics.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { UnauthorizedReports } from './unauthorized-reports.js';
import { CapacityRelease } from '../holds/capacity-release.js';
import { HoldReevaluator } from '../holds/hold-reevaluator.js';
import {
  OrderTransitions,
  type OrderEventInput,
  type TransitionResult,
} from '../orders/order-transitions.js';
import { reportFacts } from './report-facts.js';
import { recordReports, type TracedReport } from './report-spans.js';

const PAST_LOGIN: ReadonlySet<string> = new Set<Phase>(['stage', 'check', 'install', 'register', 'restart']);
/** Reports applied together at most. */
const BATCH = 200;

/**
 * Applies status reports. Reports that arrive together are applied together: one read, one write for all their orders.
 * Each report's promise settles when its own consequences are durable, so that the transport acks it only then.
 */
@Injectable()
export class StatusReportProcessor {
  private readonly log = new Logger(StatusReportProcessor.name);
  private readonly gathering = new RequestBatcher<TracedReport, void>(
    async (reports) => {
      await this.applyBatch(reports, currentTime());
      return reports.map(() => undefined);
    },
    // what is reported later is applied later
    { most: BATCH, inOrder: true },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly transitions: OrderTransitions,
    private readonly settings: SettingsService,
    private readonly brakes: BrakeTrips,
    private readonly audit: AuditService,
    private readonly unauthorized: UnauthorizedReports,
    private readonly capacity: CapacityRelease,
    private readonly holds: HoldReevaluator,
    private readonly dispatcher: Dispatcher,
    private readonly metrics: Metrics,
    private readonly orderMetrics: OrderMetrics,
  ) {}

  /** Resolves when the report is applied, or known to change nothing. */
  apply(message: ReportMessage): Promise<void> {
    return this.gathering.load({ message, from: activeTrace() });
  }

  private async applyBatch(reports: readonly TracedReport[], now: Date): Promise<void> {
    const messages = reports.map(({ message }) => message);
    const ids = [...new Set(messages.map((m) => m.report.order as OrderId))];
    const known = new Map((await this.orders.findByIds(ids)).map((order) => [order.id, order]));
    const moves = new Map<OrderId, OrderEventInput[]>();
    const taken: TracedReport[] = [];
    for (const one of inTheirOrder(reports)) {
      const { message } = one;
      const order = known.get(message.report.order as OrderId);
      if (
        !order ||
        order.fence === 0 ||
        (order.dp !== message.dp && !wasPreviousHolder(order, message.dp as DpId))
      ) {
        await this.unauthorized.refuse(message, order !== undefined, now);
        continue;
      }
      const list = moves.get(order.id) ?? [];
      list.push(await this.moveOf(message, order, now));
      moves.set(order.id, list);
      taken.push(one);
    }
    const moved = await this.transitions.apply(moves, now, known.values());
    if (isTracing()) recordSpans(taken, moved);
    for (const { receivedAt } of messages) this.orderMetrics.applied(new Date(receivedAt), currentTime());
    // one that its DP could not do is passed on
    this.dispatcher.dispatchLater(moved);
    await this.noteFailures(moves, moved);
    await this.capacity.release(moved, now);
    // the repeat of a report does this again, because the server may have died right here
    const told = messages.flatMap((message) =>
      outcomeOf(message, known.get(message.report.order as OrderId)),
    );
    for (const tenant of await this.brakes.recordOutcomes(told, now)) this.holds.loginsFreed(tenant);
  }

  /** A failure counts once: what is delivered again changes nothing. A changed host key is a security event. */
  private async noteFailures(
    moves: ReadonlyMap<OrderId, readonly OrderEventInput[]>,
    moved: ReadonlyMap<OrderId, TransitionResult>,
  ): Promise<void> {
    for (const [id, { outcomes, after }] of moved) {
      for (const [index, { event }] of (moves.get(id) ?? []).entries()) {
        if (event.type !== 'reported' || event.report.state !== 'failed' || !outcomes[index]?.changed)
          continue;
        const code = event.report.failure?.code ?? 'UNKNOWN';
        this.metrics.failures.inc({ code, phase: event.report.phase ?? 'none' });
        if (code !== 'HOST_KEY_CHANGED') continue;
        const { computer, dp, tenant } = after;
        const native = event.report.failure?.native ?? null;
        await this.audit.record(
          null,
          'host-key.changed',
          `computer:${computer}`,
          { order: id, dp, native },
          tenant,
        );
      }
    }
  }

  private async moveOf(message: ReportMessage, order: InstallOrder, now: Date): Promise<OrderEventInput> {
    const { report } = message;
    const settings = await this.settings.forDp(order.tenant, order.dp);
    const lease = runningLease(settings.pollInterval, order.lease?.machine !== undefined);
    this.log.debug(
      {
        order: order.id,
        dp: order.dp,
        fence: report.fence,
        state: report.state,
        correlation: order.correlation ?? message.correlation,
      },
      'report',
    );
    return {
      event: {
        type: 'reported',
        // A DP that has passed the order on says nothing new of it.
        report: { ...reportFacts(message), ...(order.dp !== message.dp && { fence: 0 }) },
        leaseUntil: new Date(now.getTime() + lease * 1000),
        installTimeout: settings.installTimeout,
        chance: Math.random(),
      },
      source: 'dp',
      cause: `report:${message.dp}:${report.report}`,
      at: earlier(new Date(message.receivedAt), now),
      data: toldBy(message),
    };
  }
}

/** What the present holder of an order says of accounts and of its failure. */
function outcomeOf(message: ReportMessage, order: InstallOrder | undefined): ReportedOutcome[] {
  const { report } = message;
  if (!order || order.dp !== message.dp || order.fence !== report.fence) return [];
  const { round, failure, state } = reportFacts(message);
  // by the gateway's clock: what several DPs say of one account is compared, and their clocks differ
  const at = new Date(message.receivedAt);
  const accounts: { account: string; result: FailureCode | 'OK' }[] = [];
  for (const { account, result } of report.accounts ?? []) {
    if (result === 'OK' || isFailureCode(result)) accounts.push({ account, result });
  }
  const code = state === 'failed' ? (failure?.code ?? null) : null;
  // a DP need not name the accounts it tried: where there was one only, its result is known all the same
  if (order.trial && accounts.length === 0) {
    if (code && failureRule(code).phase === 'auth') accounts.push({ account: order.trial, result: code });
    else if (isLetIn(report)) accounts.push({ account: order.trial, result: 'OK' });
  }
  const isEnd = state === 'succeeded' || state === 'failed' || state === 'cancelled';
  const isPastLogin = isEnd || isLetIn(report) || accounts.some(({ result }) => result === 'OK');
  return accounts.length > 0 || code || isPastLogin
    ? [{ order, round, at, accounts, failure: code, isPastLogin }]
    : [];
}

/** The reports on each order as its DP has made them, one after the other, whichever way they came. */
function inTheirOrder(reports: readonly TracedReport[]): TracedReport[] {
  const byOrder = Map.groupBy(reports, ({ message }) => message.report.order);
  return [...byOrder.values()].flatMap((ofOne) =>
    ofOne.toSorted(
      ({ message: { report: a } }, { message: { report: b } }) => a.fence - b.fence || a.seq - b.seq,
    ),
  );
}

/** A client may register, and so end its order, before its DP has had the last word: that is news all the same. */
function isNews(outcome: TransitionResult['outcomes'][number] | undefined): boolean {
  return outcome !== undefined && (outcome.changed || outcome.why === 'final');
}

/** @param taken in the order in which they were applied */
function recordSpans(taken: readonly TracedReport[], moved: ReadonlyMap<OrderId, TransitionResult>): void {
  const byOrder = Map.groupBy(taken, ({ message }) => message.report.order as OrderId);
  for (const [id, { before, outcomes }] of moved) {
    const counted = byOrder.get(id)?.filter((_, index) => isNews(outcomes[index]));
    recordReports(before, counted ?? []);
  }
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);

/** Whether a report shows that a login was taken: a later phase proves the earlier ones. */
function isLetIn({ state, phase }: ReportMessage['report']): boolean {
  if (state === 'succeeded') return true;
  return state === 'progress' && PAST_LOGIN.has(phase ?? '');
}

function toldBy({ report, receivedAt }: ReportMessage): Record<string, unknown> {
  const { phase, percent, result, accounts, facts, log, fence, seq, at } = report;
  const told = { phase, percent, result, accounts, facts, log, fence, seq, at, receivedAt };
  return Object.fromEntries(
    Object.entries(told).filter(([, value]) => value !== undefined && value !== null),
  );
}
