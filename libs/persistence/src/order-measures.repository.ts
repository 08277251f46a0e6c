import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import { OPEN_ORDER_STATES, type DpId, type OrderState } from '#domain';
import { READ_LIMIT, type Stored } from './versioned-collection.js';

/** How the open orders stand. Times are null where no order has one. */
export interface OrderStanding {
  byState: ReadonlyMap<OrderState, number>;
  /** When the ticket was put on its queue that has waited longest for its DP; but for DPs of which that is known. */
  oldestQueued: Date | null;
  /** The same of orders that were handed out and not accepted. */
  oldestUnaccepted: Date | null;
  /** The deadline that should have been met first, and was not. */
  oldestDeadline: Date | null;
}

/** What is measured of orders. Open ones only, and all of it is read off indexes: it is asked for again and again. */
@Injectable()
export class OrderMeasuresRepository {
  private readonly orders: mongo.Collection<Stored>;

  constructor(@InjectModel('Order') model: Model<unknown>) {
    this.orders = model.collection as unknown as mongo.Collection<Stored>;
  }

  /** @param away DPs that fetch nothing: their tickets wait, and say nothing of others */
  async standing(now: Date, away: ReadonlySet<DpId>): Promise<OrderStanding> {
    const [byState, oldestQueued, oldestUnaccepted, oldestDeadline] = await Promise.all([
      this.byState(),
      this.oldestSent('queued', away),
      this.oldestSent('leased', new Set()),
      this.oldestDeadline(now),
    ]);
    return { byState, oldestQueued, oldestUnaccepted, oldestDeadline };
  }

  /** Of each of these DPs, its open orders by state; states without any are missing. */
  async openByDp(dps: readonly DpId[]): Promise<{ dp: DpId; state: OrderState; count: number }[]> {
    const rows = await this.orders
      .aggregate<{ _id: { dp: DpId; state: OrderState }; count: number }>(
        [
          { $match: { dp: { $in: [...dps] }, state: { $in: [...OPEN_ORDER_STATES] } } },
          { $group: { _id: { dp: '$dp', state: '$state' }, count: { $sum: 1 } } },
        ],
        { hint: { dp: 1, state: 1, createdAt: -1 }, ...READ_LIMIT },
      )
      .toArray();
    return rows.map(({ _id, count }) => ({ ..._id, count }));
  }

  private async byState(): Promise<Map<OrderState, number>> {
    const rows = await this.orders
      .aggregate<{ _id: OrderState; count: number }>(
        [
          { $match: { state: { $in: [...OPEN_ORDER_STATES] } } },
          { $group: { _id: '$state', count: { $sum: 1 } } },
        ],
        { hint: { state: 1, _id: 1 }, ...READ_LIMIT },
      )
      .toArray();
    return new Map(rows.map(({ _id, count }) => [_id, count]));
  }

  private async oldestSent(state: OrderState, away: ReadonlySet<DpId>): Promise<Date | null> {
    const others = away.size > 0 && { dp: { $nin: [...away] } };
    const [oldest] = await this.orders
      .find({ state, 'publish.sentAt': { $type: 'date' }, ...others }, READ_LIMIT)
      .project<{ publish: { sentAt: Date } }>({ 'publish.sentAt': 1 })
      .sort({ 'publish.sentAt': 1 })
      .limit(1)
      .toArray();
    return oldest?.publish.sentAt ?? null;
  }

  private async oldestDeadline(now: Date): Promise<Date | null> {
    const [oldest] = await this.orders
      .find({ wakeAt: { $lte: now } }, READ_LIMIT)
      .project<{ wakeAt: Date }>({ wakeAt: 1 })
      .sort({ wakeAt: 1 })
      .limit(1)
      .toArray();
    return oldest?.wakeAt ?? null;
  }
}
