import { Injectable } from '@nestjs/common';
import type { DpId, OrderId, OrderState } from '#domain';
import { OrderRepository } from '#persistence';
import { Dispatcher } from '../dispatch/dispatcher.js';
import {
  OrderTransitions,
  type OrderEventInput,
  type TransitionResult,
} from '../orders/order-transitions.js';

/** States in which an order takes one of its DP's places. */
const IN_HAND: ReadonlySet<OrderState> = new Set(['leased', 'running', 'cancelling']);

/**
 * When a DP has finished orders, as many of those that waited for a place become due at once. Only for DPs that this
 * server has seen full: what another one has held back is looked at again by itself after a short while.
 */
@Injectable()
export class CapacityRelease {
  private readonly full = new Set<DpId>();

  constructor(
    private readonly orders: OrderRepository,
    private readonly transitions: OrderTransitions,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** Orders were held back because this DP has no place. */
  noteFull(dp: DpId): void {
    this.full.add(dp);
  }

  /** @param moved what has just happened to orders */
  async release(moved: ReadonlyMap<OrderId, TransitionResult>, now: Date): Promise<void> {
    if (this.full.size === 0) return;
    const freed = new Map<DpId, number>();
    for (const { before, after } of moved.values()) {
      if (!this.full.has(before.dp) || !IN_HAND.has(before.state) || IN_HAND.has(after.state)) continue;
      freed.set(before.dp, (freed.get(before.dp) ?? 0) + 1);
    }
    for (const [dp, places] of freed) {
      const waiting = await this.orders.heldBack(dp, 'DP_CONCURRENCY', places);
      if (waiting.length < places) this.full.delete(dp);
      const lifted: OrderEventInput[] = [{ event: { type: 'hold-lifted' }, source: 'server' }];
      const due = await this.transitions.apply(
        new Map<OrderId, OrderEventInput[]>(waiting.map(({ id }) => [id, lifted])),
        now,
        waiting,
      );
      this.dispatcher.dispatchLater(due);
    }
  }
}
