import { Injectable, Logger } from '@nestjs/common';
import {
  isFinal,
  isRegistered,
  type Computer,
  type ComputerId,
  type DpId,
  type InstallOrder,
  type OrderId,
} from '#domain';
import { OrderQueues } from '#messaging';
import { ComputerRepository, OrderRepository, TimelineRepository } from '#persistence';
import { ComputerWatch } from './computer-watch.js';
import { HeldOrders } from './held-orders.js';
import { OrderEndings } from './order-endings.js';
import { OrderMoves, type Move } from './order-moves.js';
import { OrderPlanner } from './order-planner.js';

/** What a crash may have left is looked at when it is older than this: younger ones are work in progress. */
const SETTLED_MS = 10_000;
/** A ticket may be missing from a queue for this long before it is put there again. */
const TICKET_MISSING_MS = 30_000;
/** Documents looked at in one run. */
const BATCH = 1000;
/** Batches of computers whose timeline is completed in one run. */
const BATCHES_TOLD = 20;

/** Finishes what a crash between two writes left half done (docs/architecture.md, "What heals a crash"). */
@Injectable()
export class OrderRepair {
  private readonly log = new Logger(OrderRepair.name);
  private intentsAfter: ComputerId | null = null;
  private ordersAfter: OrderId | null = null;
  private suspected = new Set<DpId>();

  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly moves: OrderMoves,
    private readonly endings: OrderEndings,
    private readonly planner: OrderPlanner,
    private readonly watch: ComputerWatch,
    private readonly queues: OrderQueues,
    private readonly held: HeldOrders,
    private readonly timeline: TimelineRepository,
  ) {}

  async run(now: Date): Promise<void> {
    await this.healUntold(now);
    await this.healIntents(now);
    await this.healAbandonedOrders(now);
    await this.republishLostTickets(now);
    await this.held.lookAgain(now);
    await this.watch.run(now);
  }

  /** Timelines get what they may lack; mostly they have it, and the computers need not carry it any longer. */
  private async healUntold(now: Date): Promise<void> {
    const before = new Date(now.getTime() - SETTLED_MS);
    for (let batch = 0; batch < BATCHES_TOLD; batch += 1) {
      const computers = await this.computers.untold(before, BATCH);
      await this.timeline.append(this.timeline.unknown(computers.flatMap(({ untold = [] }) => untold)));
      await this.computers.told(computers);
      if (computers.length < BATCH) return;
    }
  }

  /** Open intents without an order get it; ended orders are carried over to computers that still point at them. */
  private async healIntents(now: Date): Promise<void> {
    const before = new Date(now.getTime() - SETTLED_MS);
    const computers = await this.computers.withOpenOrder(before, this.intentsAfter, BATCH);
    this.intentsAfter = computers.length === BATCH ? (computers.at(-1)?.id ?? null) : null;
    const orders = new Map(
      (await this.orders.findByIds(computers.flatMap((c) => c.openOrder?.id ?? []))).map((o) => [o.id, o]),
    );
    const orphans = computers.filter((c) => c.openOrder && !orders.has(c.openOrder.id));
    if (orphans.length > 0) {
      this.log.warn(`making ${orphans.length} orders whose intent stands on their computers`);
      await this.orders.insertMany(await this.planner.ordersFor(orphans, now));
    }
    await this.endings.carryOver(
      [...orders.values()].filter((order) => isFinal(order.state)),
      now,
    );
  }

  /** Open orders that their computer no longer points at end by the computer's state. */
  private async healAbandonedOrders(now: Date): Promise<void> {
    const before = new Date(now.getTime() - SETTLED_MS);
    const orders = await this.orders.openOlderThan(before, this.ordersAfter, BATCH);
    this.ordersAfter = orders.length === BATCH ? (orders.at(-1)?.id ?? null) : null;
    const computers = new Map(
      (await this.computers.findByIds('all', [...new Set(orders.map((o) => o.computer))])).map((c) => [
        c.id,
        c,
      ]),
    );
    const moves = new Map<OrderId, Move[]>();
    for (const order of orders) {
      const move = abandoned(order, computers.get(order.computer), now);
      if (move) moves.set(order.id, move);
    }
    await this.moves.apply(moves, now);
  }

  /**
   * A queue that holds fewer tickets than orders stand on it has lost some (the broker was wiped, a gateway died
   * between two steps). Looked at twice before anything is published again; a ticket too many is harmless.
   */
  private async republishLostTickets(now: Date): Promise<void> {
    const before = new Date(now.getTime() - TICKET_MISSING_MS);
    const queued = await this.orders.queuedSince(before, BATCH);
    const byDp = Map.groupBy(queued, (order) => order.dp);
    const suspected = new Set<DpId>();
    const moves = new Map<OrderId, Move[]>();
    for (const [dp, orders] of byDp) {
      const { ready } = await this.queues.counts(dp);
      if (ready >= orders.length) continue;
      suspected.add(dp);
      if (!this.suspected.has(dp)) continue;
      this.log.warn(
        { dp, orders: orders.length, tickets: ready },
        'tickets are missing; putting them on the queue again',
      );
      for (const order of orders) moves.set(order.id, [{ event: { type: 'ticket-lost' }, source: 'server' }]);
    }
    this.suspected = suspected;
    await this.moves.apply(moves, now);
  }
}

function abandoned(order: InstallOrder, computer: Computer | undefined, now: Date): Move[] | null {
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
