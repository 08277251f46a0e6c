import { Injectable, Logger } from '@nestjs/common';
import type { DistributionPoint, Hold, InstallOrder, OrderId } from '#domain';
import { BrokerUnavailable, OrderQueues, Unroutable } from '#messaging';
import { DistributionPointRepository } from '#persistence';
import { OrderGate } from './order-gate.js';
import { OrderMoves, type Move } from './order-moves.js';

/**
 * Puts the tickets of due orders on their DPs' queues, confirmed, and notes it on the order. A crash between the two
 * publishes twice; the claim makes that harmless.
 */
@Injectable()
export class Dispatcher {
  private readonly log = new Logger(Dispatcher.name);

  constructor(
    private readonly moves: OrderMoves,
    private readonly dps: DistributionPointRepository,
    private readonly gate: OrderGate,
    private readonly queues: OrderQueues,
  ) {}

  /**
   * Orders whose ticket could not be put on the queue stay due.
   *
   * @returns how many went out, or are held back now
   */
  async dispatch(orders: readonly InstallOrder[], now: Date): Promise<number> {
    if (orders.length === 0) return 0;
    const dps = await this.dpsOf(orders);
    const gate = await this.gate.look(orders, now);
    const moves = new Map<OrderId, Move[]>();
    await Promise.all(
      orders.map(async (order) => {
        // a cancel goes out whatever stands against the order
        const hold = order.state === 'cancelling' ? null : gate.holdOf(order, dps.get(order.dp));
        const move = await this.dispatchOne(order, hold);
        if (move) moves.set(order.id, [move]);
      }),
    );
    await this.moves.apply(moves, now);
    return moves.size;
  }

  private async dpsOf(orders: readonly InstallOrder[]): Promise<Map<string, DistributionPoint>> {
    const dps = await this.dps.findByIds([...new Set(orders.map((order) => order.dp))]);
    return new Map(dps.map((dp) => [dp.id, dp]));
  }

  private async dispatchOne(order: InstallOrder, hold: Hold | null): Promise<Move | null> {
    if (hold) return { event: { type: 'held', hold }, source: 'server' };
    try {
      await this.putTicket(order);
    } catch (error) {
      if (!(error instanceof BrokerUnavailable)) throw error;
      this.log.warn({ order: order.id, dp: order.dp }, `ticket stays due: ${error.message}`);
      return null;
    }
    this.log.log({ order: order.id, dp: order.dp, ticket: order.publish.ticket }, 'ticket queued');
    return { event: { type: 'published', ticket: order.publish.ticket }, source: 'server' };
  }

  private async putTicket(order: InstallOrder): Promise<void> {
    const ticket = {
      v: 1,
      order: order.id,
      ticket: order.publish.ticket,
      kind: order.state === 'cancelling' ? 'cancel' : 'order',
      correlation: order.id,
    } as const;
    try {
      await this.queues.putTicket(order.dp, ticket);
    } catch (error) {
      if (!(error instanceof Unroutable)) throw error;
      await this.queues.declare(order.dp);
      await this.queues.putTicket(order.dp, ticket);
    }
  }
}
