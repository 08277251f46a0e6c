import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import {
  EMPTY_TALLY,
  hasRolloutEnded,
  MOST_STARTED_AT_ONCE,
  nextStep,
  pickStarts,
  type OrderId,
  type Rollout,
  type RolloutEvent,
  type RolloutId,
  type RolloutTally,
} from '#domain';
import { OrderRepository, RolloutMemberRepository, RolloutRepository } from '#persistence';
import { currentTime } from '#runtime';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { Lane } from '../../platform/background/lane.js';
import { LaneSchedule } from '../../platform/background/lane-schedule.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';
import { RolloutBell } from '../rollout-members/rollout-bell.js';
import { RolloutChanges } from './rollout-changes.js';
import { RolloutGrowth } from './rollout-growth.js';
import { RolloutNotices } from './rollout-notices.js';
import { RolloutStandings } from '../rollout-members/rollout-standings.js';
import { RolloutStarts } from './rollout-starts.js';

/** Steps of one rollout in a row, before the others get their turn. */
const MOST_STEPS = 50;
/** Ticks between two looks at what may have been missed. */
const FOLLOW_EVERY = 10;
/** Counting takes this part of the time at most. */
const COUNTED_SHARE = 4;
const BATCH = 1000;

/**
 * Moves rollouts on: read, count, decide, guarded write, and only then what follows from it. Whom to start is written on
 * the rollout before anybody is started, and nothing else is decided before that is done: whatever dies in between, no
 * more are started than were granted. Any number of servers may run it.
 */
@Injectable()
export class RolloutRunner implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(RolloutRunner.name);
  private readonly lane = new Lane('moving rollouts on', () => this.moveAll());
  private readonly followLane = new Lane('looking after members of rollouts', () => this.followAll());
  private readonly rung = new Set<RolloutId>();
  /** When a rollout is counted again at the earliest, in milliseconds. */
  private readonly countAgainAt = new Map<RolloutId, number>();
  private readonly schedule = new LaneSchedule({ lane: this.followLane, every: FOLLOW_EVERY }, this.lane);

  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly members: RolloutMemberRepository,
    private readonly orders: OrderRepository,
    private readonly starts: RolloutStarts,
    private readonly growth: RolloutGrowth,
    private readonly standings: RolloutStandings,
    private readonly changes: RolloutChanges,
    private readonly notices: RolloutNotices,
    private readonly transitions: OrderTransitions,
    private readonly dispatcher: Dispatcher,
    private readonly feed: ChangeFeed,
    private readonly bell: RolloutBell,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  onApplicationBootstrap(): void {
    this.bell.onRing((rollouts) => {
      for (const id of rollouts) this.rung.add(id);
      void this.runRung();
    });
    this.schedule.start(this.env.SWEEP_INTERVAL_MS);
  }

  onApplicationShutdown(): Promise<void> {
    return this.schedule.stop();
  }

  /** What rings while the lane is under way is looked at right after it. */
  private async runRung(): Promise<void> {
    await this.lane.run();
    if (this.rung.size > 0 && !this.schedule.isStopped) await this.lane.run();
  }

  private async moveAll(): Promise<void> {
    const heard = new Set(this.rung);
    this.rung.clear();
    for (const rollout of await this.rollouts.active()) {
      if (this.schedule.isStopped) return;
      if (heard.has(rollout.id)) this.feed.changed('rollout', rollout.id, rollout.tenant);
      try {
        await this.notices.watch(rollout, currentTime());
        await this.move(rollout);
      } catch (error) {
        this.log.error(error, `rollout ${rollout.id} cannot be moved on; it is tried again`);
      }
    }
  }

  private async followAll(): Promise<void> {
    await this.notices.watchEnded(currentTime());
    for (const rollout of await this.rollouts.active()) {
      if (this.schedule.isStopped) return;
      try {
        const now = currentTime();
        await this.standings.follow(rollout, now);
        const grown = await this.growth.grow(rollout);
        if (grown > 0) await this.changes.apply(rollout, { type: 'grow', by: grown }, now);
      } catch (error) {
        this.log.error(error, `rollout ${rollout.id} cannot be followed; it is tried again`);
      }
    }
  }

  private async move(rollout: Rollout): Promise<void> {
    let current: Rollout | null = rollout;
    for (let steps = 0; current && steps < MOST_STEPS && !this.schedule.isStopped; steps += 1) {
      current = await this.step(current, currentTime());
      if (current && hasRolloutEnded(current.state)) return;
    }
  }

  /** @returns the rollout as it stands when there may be more to do; null: not now, or somebody else was faster */
  private async step(rollout: Rollout, now: Date): Promise<Rollout | null> {
    if (rollout.grant && rollout.state === 'running') {
      await this.starts.carryOut(rollout, now);
      return this.changes.apply(rollout, { type: 'granted' }, now);
    }
    if (rollout.state === 'aborting' && !this.wasJustCounted(rollout)) await this.cancelWaiting(rollout, now);
    const tally = await this.tallyOf(rollout, now);
    if (!tally) return null;
    const next = nextStep(rollout, tally, now);
    if (!next) return null;
    if ('event' in next) return this.happened(rollout, next.event, now);
    const waiting = await this.members.waiting(rollout.id, next.wave, next.notAt, MOST_STARTED_AT_ONCE);
    const computers = pickStarts(waiting, next.start).map(({ computer }) => computer);
    return this.changes.apply(rollout, { type: 'grant', computers }, now);
  }

  private async happened(rollout: Rollout, event: RolloutEvent, now: Date): Promise<Rollout | null> {
    const after = await this.changes.apply(rollout, event, now);
    if (!after) return null;
    await this.changes.tell(null, rollout, after, event);
    await this.notices.watch(after, now);
    return after;
  }

  private wasJustCounted({ id }: Rollout): boolean {
    return (this.countAgainAt.get(id) ?? 0) > performance.now();
  }

  /** Counts only where that decides something; null: it was counted a moment ago. */
  private async tallyOf(rollout: Rollout, now: Date): Promise<RolloutTally | null> {
    if (rollout.state === 'scheduled' || rollout.state === 'paused') return EMPTY_TALLY;
    if (this.wasJustCounted(rollout)) return null;
    const began = performance.now();
    const tally = await this.members.tally(rollout.id, rollout.countedFrom, now);
    const took = performance.now() - began;
    // a step that changes something counts again at once
    if (nextStep(rollout, tally, now) === null)
      this.countAgainAt.set(rollout.id, performance.now() + took * COUNTED_SHARE);
    return tally;
  }

  /** What waits is left out, and orders that no DP has are cancelled. What runs may end. */
  private async cancelWaiting(rollout: Rollout, now: Date): Promise<void> {
    await this.members.skipWaiting(rollout.id, {}, 'ABORTED', now);
    let after: string | null = null;
    do {
      const page = await this.members.followed(rollout.id, after, BATCH);
      const orders = await this.orders.findByIds(page.flatMap(({ order }) => order ?? []));
      const waiting = orders.filter(({ state }) => state === 'planned' || state === 'queued');
      const by = rollout.cause?.by ?? rollout.requestedBy;
      const cancel: OrderEventInput = {
        event: { type: 'cancel-asked', by, deadline: now },
        source: rollout.cause?.by ? 'admin' : 'server',
        data: { by, rollout: rollout.id },
      };
      const moves = new Map<OrderId, OrderEventInput[]>(waiting.map(({ id }) => [id, [cancel]]));
      this.dispatcher.dispatchLater(await this.transitions.apply(moves, now, waiting));
      after = page.length === BATCH ? (page.at(-1)?.id ?? null) : null;
    } while (after !== null);
  }
}
