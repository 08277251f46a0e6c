import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { deadlineEvent, eventsDueAt, type InstallOrder, type OrderId } from '#domain';
import { isPassing, OrderQueues } from '#messaging';
import { OrderRepository } from '#persistence';
import { currentTime } from '#runtime';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { Background } from '../../platform/background/background.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { CapacityRelease } from '../holds/capacity-release.js';
import { Lane } from '../../platform/background/lane.js';
import { LaneSchedule } from '../../platform/background/lane-schedule.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';
import { Reconciler } from './reconciler.js';

/** Orders looked at together. */
const BATCH = 500;
/** Batches of tickets under way at once. */
const MOST_AT_ONCE = 40;
/** Ticks between two repairs of what a crash may have left half done. */
const REPAIR_EVERY = 15;

/**
 * The sweep: acts on every deadline of every open order, puts tickets on their queues whose time has come, and
 * repairs. Each of these goes on whatever becomes of the others. Any number of servers may run it; guarded
 * writes make the loser's work harmless.
 */
@Injectable()
export class DeadlineSweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(DeadlineSweeper.name);
  private readonly deadlines = new Lane('the sweep of deadlines', () =>
    this.timed('deadlines', this.meetDeadlines()),
  );
  private readonly tickets = new Lane('the sweep of tickets', () =>
    this.timed('tickets', this.dispatchDue()),
  );
  private readonly schedule: LaneSchedule;

  constructor(
    private readonly orders: OrderRepository,
    private readonly transitions: OrderTransitions,
    private readonly dispatcher: Dispatcher,
    private readonly queues: OrderQueues,
    reconciler: Reconciler,
    private readonly capacity: CapacityRelease,
    private readonly background: Background,
    private readonly metrics: OrderMetrics,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {
    const repairs = { lane: reconciler, every: REPAIR_EVERY };
    this.schedule = new LaneSchedule(repairs, this.deadlines, this.tickets);
  }

  onApplicationBootstrap(): void {
    this.schedule.start(this.env.SWEEP_INTERVAL_MS, 'at once');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.schedule.stop();
    await this.background.settled();
  }

  /** Looks at what is due; resolves when that is done. */
  async sweep(): Promise<void> {
    await Promise.all([this.deadlines.run(), this.tickets.run()]);
    await this.background.settled();
  }

  private async timed(lane: string, work: Promise<void>): Promise<void> {
    const end = this.metrics.sweeps.startTimer({ lane });
    await work;
    end();
  }

  private async meetDeadlines(): Promise<void> {
    let due: InstallOrder[];
    do {
      due = await this.orders.due(currentTime(), BATCH);
      if (!(await this.handleEach(due))) return;
    } while (due.length === BATCH && !this.schedule.isStopped);
  }

  /** @returns false when nothing could be done, so that the same orders are not read again at once */
  private async handleEach(due: readonly InstallOrder[]): Promise<boolean> {
    try {
      return await this.handle(due);
    } catch (error) {
      if (due.length === 1) this.log.error(error, `nothing can be done with order ${due[0]?.id}`);
      if (due.length === 1 || isPassing(error)) throw error;
    }
    // one of them cannot be dealt with: the others do not wait for it
    const done = await Promise.allSettled(due.map((order) => this.handle([order])));
    return done.some((one) => one.status === 'fulfilled' && one.value);
  }

  private async handle(due: readonly InstallOrder[]): Promise<boolean> {
    const now = currentTime();
    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const order of due) {
      const event = deadlineEvent(order, now, Math.random());
      if (event) moves.set(order.id, [{ event, source: 'server' }]);
      // an earlier version has left entries, or looks for orders in another way: it is stored as this version does
      else if ((eventsDueAt(order) ?? now) <= now) moves.set(order.id, []);
    }
    const moved = await this.transitions.apply(moves, now, due);
    await this.capacity.release(moved, now);
    // a lapsed lease makes a ticket due in the same breath
    this.dispatcher.dispatchLater(moved);
    return moves.size > 0;
  }

  /** Tickets whose time has come, or whose dispatcher has died or could not put them there. */
  private async dispatchDue(): Promise<void> {
    let due: InstallOrder[];
    do {
      // nothing is taken on that nobody could do
      if (!this.queues.isUsable) return;
      const now = currentTime();
      due = await this.orders.toDispatch(now, BATCH);
      const reserved = await this.transitions.apply(
        new Map(
          due.map(({ id, publish: { ticket } }) => [
            id,
            [{ event: { type: 'ticket-reserved', ticket }, source: 'server' }] as const,
          ]),
        ),
        now,
        due,
      );
      // the tickets of one DP whose queue hangs hold up nobody's; a broker that is slow holds up all of them
      this.dispatcher.dispatchLater(reserved);
      await this.background.roomFor(MOST_AT_ONCE);
    } while (due.length === BATCH && !this.schedule.isStopped);
  }
}
