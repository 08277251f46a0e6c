import { Injectable, Logger } from '@nestjs/common';
import {
  isFinal,
  isRegistered,
  type Computer,
  type ComputerId,
  type InstallOrder,
  type OrderId,
} from '#domain';
import { ComputerRepository, OrderRepository, TimelineRepository } from '#persistence';
import { currentTime } from '#runtime';
import { ComputerDeadlines } from './computer-deadlines.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { HoldReevaluator } from '../holds/hold-reevaluator.js';
import { Lane } from '../../platform/background/lane.js';
import { LostTickets } from '../dispatch/lost-tickets.js';
import { OrderCompletion } from '../orders/order-completion.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';
import { OrderPlanner } from '../orders/order-planner.js';

/** What a crash may have left is looked at when it is older than this: younger ones are work in progress. */
const SETTLED_MS = 10_000;
/** Documents looked at in one run. */
const BATCH = 1000;
/** Batches of computers whose timeline is completed in one run. */
const BATCHES_TOLD = 20;

/** Finishes what a crash between two writes left half done (docs/architecture.md, "What heals a crash"). */
@Injectable()
export class Reconciler {
  private readonly log = new Logger(Reconciler.name);
  private readonly lanes = [
    new Lane('telling what timelines lack', () => this.reconcilePendingEvents(currentTime())),
    new Lane('making the orders of open intents', () => this.reconcileIntents(currentTime())),
    new Lane('ending abandoned orders', () => this.reconcileAbandonedOrders(currentTime())),
    new Lane('putting lost tickets back', () => this.lostTickets.look(currentTime())),
    new Lane('looking at held orders again', () => this.holds.reevaluate(currentTime())),
    new Lane('watching computers', () => this.computerDeadlines.run(currentTime())),
  ];
  private intentsAfter: ComputerId | null = null;
  private ordersAfter: OrderId | null = null;

  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly transitions: OrderTransitions,
    private readonly completion: OrderCompletion,
    private readonly planner: OrderPlanner,
    private readonly computerDeadlines: ComputerDeadlines,
    private readonly dispatcher: Dispatcher,
    private readonly lostTickets: LostTickets,
    private readonly holds: HoldReevaluator,
    private readonly timeline: TimelineRepository,
  ) {}

  /** Resolves when all of it is done; each part goes on whatever becomes of the others. */
  async run(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.run()));
  }

  async settled(): Promise<void> {
    await Promise.all(this.lanes.map((lane) => lane.settled()));
  }

  /** Timelines get what they may lack; mostly they have it, and the computers need not carry it any longer. */
  private async reconcilePendingEvents(now: Date): Promise<void> {
    const before = new Date(now.getTime() - SETTLED_MS);
    for (let batch = 0; batch < BATCHES_TOLD; batch += 1) {
      const computers = await this.computers.untold(before, BATCH);
      await this.timeline.append(this.timeline.unknown(computers.flatMap(({ untold = [] }) => untold)));
      await this.computers.told(computers);
      if (computers.length < BATCH) return;
    }
  }

  /** Open intents without an order get it; ended orders are carried over to computers that still point at them. */
  private async reconcileIntents(now: Date): Promise<void> {
    const before = new Date(now.getTime() - SETTLED_MS);
    const computers = await this.computers.withOpenOrder(before, this.intentsAfter, BATCH);
    this.intentsAfter = computers.length === BATCH ? (computers.at(-1)?.id ?? null) : null;
    const orders = new Map(
      (await this.orders.findByIds(computers.flatMap((c) => c.openOrder?.id ?? []))).map((o) => [o.id, o]),
    );
    const orphans = computers.filter((c) => c.openOrder && !orders.has(c.openOrder.id));
    if (orphans.length > 0) {
      this.log.warn(`making ${orphans.length} orders whose intent stands on their computers`);
      await this.dispatcher.begin(await this.planner.ordersFor(orphans, now));
    }
    await this.completion.applyToComputers(
      [...orders.values()].filter((order) => isFinal(order.state)),
      now,
    );
  }

  /** Open orders that their computer no longer points at end by the computer's state. */
  private async reconcileAbandonedOrders(now: Date): Promise<void> {
    const before = new Date(now.getTime() - SETTLED_MS);
    const orders = await this.orders.openOlderThan(before, this.ordersAfter, BATCH);
    this.ordersAfter = orders.length === BATCH ? (orders.at(-1)?.id ?? null) : null;
    const computers = new Map(
      (await this.computers.findByIds('all', [...new Set(orders.map((o) => o.computer))])).map((c) => [
        c.id,
        c,
      ]),
    );
    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const order of orders) {
      const move = abandoned(order, computers.get(order.computer), now);
      if (move) moves.set(order.id, move);
    }
    await this.transitions.apply(moves, now, orders);
  }
}

function abandoned(order: InstallOrder, computer: Computer | undefined, now: Date): OrderEventInput[] | null {
  if (computer?.openOrder?.id === order.id) return null;
  if (computer && isRegistered(computer.state) && computer.lastOrder === order.id) {
    return [{ event: { type: 'registered' }, source: 'server' }];
  }
  return [
    {
      event: { type: 'cancel-asked', by: 'server', deadline: now },
      source: 'server',
      data: { why: 'COMPUTER_DELETED' },
    },
    { event: { type: 'cancel-overdue' }, source: 'server' },
  ];
}
