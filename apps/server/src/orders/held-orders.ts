import { Injectable } from '@nestjs/common';
import type { Hold, InstallOrder, OrderId, TenantId } from '#domain';
import { DistributionPointRepository, OrderRepository } from '#persistence';
import { Dispatcher } from './dispatcher.js';
import { OrderGate } from './order-gate.js';
import { OrderMoves, type Move } from './order-moves.js';

/** Orders looked at in one run. */
const BATCH = 1000;

/**
 * Looks again at orders that wait for somebody to change something: a brake, a DP, the maintenance windows. Whoever
 * changes it lets them go at once; this finds what a crash in between has left, and windows that are others now.
 */
@Injectable()
export class HeldOrders {
  private after: OrderId | null = null;

  constructor(
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly gate: OrderGate,
    private readonly moves: OrderMoves,
    private readonly dispatcher: Dispatcher,
  ) {}

  async lookAgain(now: Date): Promise<void> {
    const held = await this.orders.heldForChange(this.after, BATCH);
    this.after = held.length === BATCH ? (held.at(-1)?.id ?? null) : null;
    if (held.length === 0) return;
    const found = await this.dps.findByIds([...new Set(held.map(({ dp }) => dp))]);
    const dps = new Map(found.map((dp) => [dp.id, dp]));
    const gate = await this.gate.look(held, now);
    const moves = new Map<OrderId, Move[]>();
    for (const order of held) {
      const move = changed(order, gate.holdOf(order, dps.get(order.dp)));
      if (move) moves.set(order.id, [move]);
    }
    await this.moves.apply(moves, now);
  }

  /**
   * Orders that were held back a moment ago because of their account: it may have turned out to work while that was
   * written, and whoever sent the others on has not seen these.
   */
  async accountsAgain(orders: readonly InstallOrder[], now: Date): Promise<void> {
    const held = orders.filter(({ heldBack }) => heldBack?.code === 'ACCOUNT_UNPROVEN');
    if (held.length === 0) return;
    const found = await this.dps.findByIds([...new Set(held.map(({ dp }) => dp))]);
    const dps = new Map(found.map((dp) => [dp.id, dp]));
    const gate = await this.gate.look(held, now);
    await this.dispatcher.dispatch(
      held.filter((order) => gate.holdOf(order, dps.get(order.dp)) === null),
      now,
    );
  }

  /** Accounts of these tenants are known to work now: orders that waited for that go out. */
  async accountsProven(tenants: readonly TenantId[], now: Date): Promise<void> {
    for (const tenant of tenants) {
      let waiting: InstallOrder[];
      do {
        waiting = await this.orders.heldBackOf(tenant, 'ACCOUNT_UNPROVEN', BATCH);
        // their next tickets go out before they are due; what the broker does not take is due soon anyway
        const sent = await this.dispatcher.dispatch(waiting, now);
        if (sent === 0) break;
      } while (waiting.length === BATCH);
    }
  }
}

function changed({ heldBack }: InstallOrder, hold: Hold | null): Move | null {
  if (!hold) return { event: { type: 'hold-lifted' }, source: 'server' };
  const same =
    heldBack?.code === hold.code &&
    heldBack.until?.getTime() === hold.until?.getTime() &&
    heldBack.brake === hold.brake;
  return same ? null : { event: { type: 'held', hold }, source: 'server' };
}
