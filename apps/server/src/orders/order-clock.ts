import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { deadlineEvent, tellsAt, type InstallOrder, type OrderId } from '#domain';
import { OrderRepository, TimelineRepository } from '#persistence';
import { serverEnv } from '../env.js';
import { Dispatcher } from './dispatcher.js';
import { FreedPlaces } from './freed-places.js';
import { OrderMoves, type Move } from './order-moves.js';
import { OrderRepair } from './order-repair.js';

/** Orders looked at together. */
const BATCH = 500;
/**
 * Whoever makes a ticket due puts it on its queue at once; only when that has not happened for this long does the sweep
 * do it, so that it does not put a second one there.
 */
const GRACE_MS = 1000;
/** Ticks between two repairs of what a crash may have left half done. */
const REPAIR_EVERY = 15;

/**
 * The sweep: acts on every deadline of every open order, puts due tickets on their queues, completes the timeline, and repairs. Any number of
 * servers may run it; guarded writes make the loser's work harmless.
 */
@Injectable()
export class OrderClock implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly log = new Logger(OrderClock.name);
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private ticks = 0;
  private stopped = false;

  constructor(
    private readonly orders: OrderRepository,
    private readonly timeline: TimelineRepository,
    private readonly moves: OrderMoves,
    private readonly dispatcher: Dispatcher,
    private readonly repair: OrderRepair,
    private readonly places: FreedPlaces,
  ) {}

  onApplicationBootstrap(): void {
    const tick = (): void => {
      void this.sweep().finally(() => {
        if (!this.stopped) this.timer = setTimeout(tick, serverEnv().SWEEP_INTERVAL_MS);
      });
    };
    tick();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  /** Looks at due orders now instead of at the next tick. */
  kick(): void {
    if (this.stopped) return;
    if (this.running) this.again = true;
    else void this.sweep();
  }

  /** Looks at due orders; resolves when that is done. */
  sweep(): Promise<void> {
    this.running ??= this.work().finally(() => {
      this.running = undefined;
      if (this.again) {
        this.again = false;
        this.kick();
      }
    });
    return this.running;
  }

  private async work(): Promise<void> {
    try {
      if (this.ticks % REPAIR_EVERY === 0) await this.repair.run(new Date());
      this.ticks += 1;
      let due: InstallOrder[];
      do {
        due = await this.orders.due(new Date(), BATCH);
        const progressed = await this.handle(due);
        if (!progressed) break;
      } while (due.length === BATCH && !this.stopped);
    } catch (error) {
      this.log.error(error, 'sweep failed; it is tried again');
    }
  }

  /** @returns false when nothing could be done, so that the same orders are not read again at once */
  private async handle(due: readonly InstallOrder[]): Promise<boolean> {
    const now = new Date();
    const moves = new Map<OrderId, Move[]>();
    const toDispatch: InstallOrder[] = [];
    const toTell: InstallOrder[] = [];
    for (const order of due) {
      const event = deadlineEvent(order, now, Math.random());
      if (event) {
        moves.set(order.id, [{ event, source: 'server' }]);
        continue;
      }
      if (order.publish.due && order.publish.due.getTime() <= now.getTime() - GRACE_MS)
        toDispatch.push(order);
      if ((tellsAt(order)?.getTime() ?? Infinity) <= now.getTime()) toTell.push(order);
    }
    await this.tell(toTell);
    const moved = await this.moves.apply(moves, now);
    await this.places.giveOn(moved.values(), now);
    // A lapsed lease or a cancel makes a ticket due in the same breath.
    for (const { after } of moved.values())
      if (after.publish.due && after.publish.due <= now) toDispatch.push(after);
    const dispatched = await this.dispatcher.dispatch(toDispatch, now);
    return moves.size + dispatched + toTell.length > 0;
  }

  /** The timeline gets what it may lack; mostly it has it, and the order need not carry it any longer. */
  private async tell(orders: readonly InstallOrder[]): Promise<void> {
    await this.timeline.append(this.timeline.unknown(orders.flatMap(({ untold = [] }) => untold)));
    await this.orders.told(orders);
  }
}
