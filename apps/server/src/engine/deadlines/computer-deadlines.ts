import { Injectable } from '@nestjs/common';
import {
  dpOverdue,
  lastSignOf,
  registrationOverdue,
  restartOverdue,
  withEvents,
  type Alert,
  type Computer,
  type ComputerId,
  type ComputerOutcome,
  type DpId,
  type TimelineEvent,
} from '#domain';
import { ComputerRepository, DistributionPointRepository, TimelineRepository } from '#persistence';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { RolloutStandings } from '../rollout-members/rollout-standings.js';
import { DpSilence } from '../eligibility/dp-silence.js';
import { DpNotices } from '../notices/dp-notices.js';
import { computerEvent } from '../orders/order-events.js';

/** Computers looked at in one run. */
const BATCH = 1000;
/** Runs between two looks for overdue DPs: those are overdue for minutes. */
const DPS_EVERY = 4;

/** Deadlines of computers: registration, restart, a DP that does not ask. Never installs again by itself. */
@Injectable()
export class ComputerDeadlines {
  private restartsAfter: ComputerId | null = null;
  private runs = 0;

  constructor(
    private readonly computers: ComputerRepository,
    private readonly dps: DistributionPointRepository,
    private readonly timeline: TimelineRepository,
    private readonly settings: SettingsService,
    private readonly feed: ChangeFeed,
    private readonly silence: DpSilence,
    private readonly dpNotices: DpNotices,
    private readonly rollouts: RolloutStandings,
  ) {}

  async run(now: Date): Promise<void> {
    const waiting = await this.computers.registrationOverdue(now, BATCH);
    await this.write(waiting, now, (computer) => registrationOverdue(computer, now));
    await this.watchRestarts(now);
    if (this.runs % DPS_EVERY === 0) await this.watchDps(now);
    this.runs += 1;
  }

  private async watchRestarts(now: Date): Promise<void> {
    const pending = await this.computers.restartPending(this.restartsAfter, BATCH);
    this.restartsAfter = pending.length === BATCH ? (pending.at(-1)?.id ?? null) : null;
    const limits = new Map<Computer, number>();
    for (const computer of pending) {
      limits.set(computer, (await this.settings.forDp(computer.tenant, computer.dp.assigned)).restartAlert);
    }
    await this.write(pending, now, (computer) => restartOverdue(computer, limits.get(computer) ?? 0, now));
  }

  /** Computers whose order waits for a DP that is overdue get an alert; those whose DP is back lose it. */
  private async watchDps(now: Date): Promise<void> {
    const overdue = new Map<DpId, Date>();
    const dps = await this.dps.list('all');
    for (const dp of dps) {
      const lastSign = lastSignOf(dp);
      if (dp.state !== 'enabled') continue;
      const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
      if (lastSign && this.silence.isOverdue(lastSign, pollInterval, now)) overdue.set(dp.id, lastSign);
    }
    await this.dpNotices.watch(dps, overdue, now);
    const concerned = [
      ...(await this.computers.withAlert('DP_OVERDUE', BATCH)),
      ...(overdue.size > 0 ? await this.computers.waitingFor([...overdue.keys()], 'DP_OVERDUE', BATCH) : []),
    ];
    await this.write(concerned, now, (computer) =>
      dpOverdue(computer, (computer.openOrder && overdue.get(computer.openOrder.dp)) ?? null, now),
    );
  }

  /** Lost races are looked at again in the next run. */
  private async write(
    computers: readonly Computer[],
    now: Date,
    decide: (computer: Computer) => ComputerOutcome,
  ): Promise<void> {
    const events = new Map<ComputerId, TimelineEvent>();
    const changed: Computer[] = [];
    for (const computer of computers) {
      const outcome = decide(computer);
      if (!outcome.changed) continue;
      const event = alertEvent(computer, outcome.computer, now);
      events.set(computer.id, event);
      changed.push(withEvents(outcome.computer, [event]));
    }
    if (changed.length === 0) return;
    const { written } = await this.computers.replaceMany(changed);
    await this.rollouts.noteComputers(written, now);
    await this.timeline.append(written.flatMap(({ id }) => events.get(id) ?? []));
    for (const computer of written) this.feed.changed('computer', computer.id, computer.tenant);
  }
}

function alertEvent(before: Computer, after: Computer, now: Date): TimelineEvent {
  const { raised, alert } = difference(before.alerts, after.alerts);
  return computerEvent(after, {
    id: `alert:${after.id}:${before.revision + 1}`,
    at: now,
    source: 'server',
    kind: raised ? 'alert-raised' : 'alert-cleared',
    from: before.state,
    to: after.state,
    order: after.openOrder?.id ?? after.lastOrder,
    data: { alert },
  });
}

/** The one alert that was raised or cleared. */
function difference(
  before: readonly Alert[],
  after: readonly Alert[],
): { raised: boolean; alert: Alert | undefined } {
  const raised = after.find(({ code }) => !before.some((one) => one.code === code));
  return raised
    ? { raised: true, alert: raised }
    : { raised: false, alert: before.find(({ code }) => !after.some((one) => one.code === code)) };
}
