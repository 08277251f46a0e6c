import { Injectable, Logger } from '@nestjs/common';
import type { ReportMessage } from '#contract';
import {
  hadBefore,
  isFailureCode,
  type DpId,
  type FailureCode,
  type InstallOrder,
  type OrderId,
  type Phase,
} from '#domain';
import { OrderRepository } from '#persistence';
import { Gathering } from '#runtime';
import { AuditService } from '../audit/audit.service.js';
import { Brakes, type ToldOutcome } from '../brakes/brakes.service.js';
import { Metrics } from '../health/metrics.js';
import { SettingsService } from '../settings/settings.service.js';
import { runningLease } from './claim.service.js';
import { ForeignReports } from './foreign-reports.js';
import { FreedPlaces } from './freed-places.js';
import { HeldOrders } from './held-orders.js';
import { OrderMoves, type Move, type Moved } from './order-moves.js';
import { reportFacts } from './report-facts.js';

const PAST_LOGIN: ReadonlySet<string> = new Set<Phase>(['stage', 'check', 'install', 'register', 'restart']);
/** Reports applied together at most. */
const BATCH = 200;

/**
 * Applies status reports. Reports that arrive together are applied together: one read, one write for all their orders.
 * Each report's promise settles when its own consequences are durable, so that the transport acks it only then.
 */
@Injectable()
export class StatusIntake {
  private readonly log = new Logger(StatusIntake.name);
  private readonly gathering = new Gathering<ReportMessage, void>(
    async (messages) => {
      await this.applyBatch(messages, new Date());
      return messages.map(() => undefined);
    },
    { most: BATCH },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly moves: OrderMoves,
    private readonly settings: SettingsService,
    private readonly brakes: Brakes,
    private readonly audit: AuditService,
    private readonly foreign: ForeignReports,
    private readonly places: FreedPlaces,
    private readonly held: HeldOrders,
    private readonly metrics: Metrics,
  ) {}

  /** Resolves when the report is applied, or known to change nothing. */
  apply(message: ReportMessage): Promise<void> {
    return this.gathering.ask(message);
  }

  private async applyBatch(messages: readonly ReportMessage[], now: Date): Promise<void> {
    const ids = [...new Set(messages.map((m) => m.report.order as OrderId))];
    const known = new Map((await this.orders.findByIds(ids)).map((order) => [order.id, order]));
    const moves = new Map<OrderId, Move[]>();
    for (const message of messages) {
      const order = known.get(message.report.order as OrderId);
      if (!order || order.fence === 0 || (order.dp !== message.dp && !hadBefore(order, message.dp as DpId))) {
        await this.foreign.refuse(message, order !== undefined, now);
        continue;
      }
      const list = moves.get(order.id) ?? [];
      list.push(await this.moveOf(message, order, now));
      moves.set(order.id, list);
    }
    const moved = await this.moves.apply(moves, now);
    await this.noteFailures(moves, moved);
    await this.places.giveOn(moved.values(), now);
    // the repeat of a report does this again, because the server may have died right here
    const told = messages.flatMap((message) =>
      outcomeOf(message, known.get(message.report.order as OrderId)),
    );
    const proven = await this.brakes.learn(told, now);
    if (proven.length > 0) await this.held.accountsProven(proven, now);
  }

  /** A failure counts once: what is delivered again changes nothing. A changed host key is a security event. */
  private async noteFailures(
    moves: ReadonlyMap<OrderId, readonly Move[]>,
    moved: ReadonlyMap<OrderId, Moved>,
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

  private async moveOf(message: ReportMessage, order: InstallOrder, now: Date): Promise<Move> {
    const { report } = message;
    const settings = await this.settings.forDp(order.tenant, order.dp);
    this.log.log(
      {
        order: order.id,
        dp: order.dp,
        fence: report.fence,
        state: report.state,
        correlation: message.correlation,
      },
      'report',
    );
    return {
      event: {
        type: 'reported',
        // A DP that has passed the order on says nothing new of it.
        report: { ...reportFacts(message), ...(order.dp !== message.dp && { fence: 0 }) },
        leaseUntil: new Date(now.getTime() + runningLease(settings.pollInterval) * 1000),
        installTimeout: settings.installTimeout,
        chance: Math.random(),
      },
      source: 'dp',
      cause: `report:${message.dp}:${report.report}`,
      data: toldBy(message),
    };
  }
}

/** What the present holder of an order says of accounts and of its failure. */
function outcomeOf(message: ReportMessage, order: InstallOrder | undefined): ToldOutcome[] {
  const { report } = message;
  if (!order || order.dp !== message.dp || order.fence !== report.fence) return [];
  const { round, at, failure, state } = reportFacts(message);
  const accounts: { account: string; result: FailureCode | 'OK' }[] = [];
  for (const { account, result } of report.accounts ?? []) {
    if (result === 'OK' || isFailureCode(result)) accounts.push({ account, result });
  }
  if (order.trial && accounts.length === 0 && isPastLogin(report)) {
    accounts.push({ account: order.trial, result: 'OK' });
  }
  const code = state === 'failed' ? (failure?.code ?? null) : null;
  return accounts.length > 0 || code ? [{ order, round, at, accounts, failure: code }] : [];
}

/** Whether a report shows that a login was taken: a later phase proves the earlier ones. */
function isPastLogin({ state, phase }: ReportMessage['report']): boolean {
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
