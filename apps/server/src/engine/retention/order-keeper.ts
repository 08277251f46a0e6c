import { Injectable } from '@nestjs/common';
import {
  hasRolloutEnded,
  removableOrders,
  type ComputerId,
  type InstallOrder,
  type OrderId,
  type RetentionPlan,
} from '#domain';
import { ComputerRepository, OrderRepository, RolloutRepository, TimelineRepository } from '#persistence';
import { type ArchivedDocument, planOf, type RetentionKeeper } from './retention-keeper.js';

/** Orders looked at, and removed, together. */
const BATCH = 200;

/** Orders that have ended, with what the timeline holds of them; those in use stay (`removableOrders`). */
@Injectable()
export class OrderKeeper implements RetentionKeeper {
  readonly kind = 'orders';

  constructor(
    private readonly orders: OrderRepository,
    private readonly computers: ComputerRepository,
    private readonly rollouts: RolloutRepository,
    private readonly timeline: TimelineRepository,
  ) {}

  async *plans(before: Date): AsyncGenerator<RetentionPlan> {
    let batch: InstallOrder[] = [];
    for await (const order of this.orders.endedBefore(before)) {
      batch.push(order);
      if (batch.length < BATCH) continue;
      yield* this.planned(batch);
      batch = [];
    }
    if (batch.length > 0) yield* this.planned(batch);
  }

  private async *planned(batch: readonly InstallOrder[]): AsyncGenerator<RetentionPlan> {
    const rollouts = batch.flatMap(({ rollout }) => rollout ?? []);
    const [computers, known] = await Promise.all([
      this.computers.findByIds('all', [...new Set(batch.map(({ computer }) => computer))]),
      this.rollouts.findByIds('all', [...new Set(rollouts)]),
    ]);
    const active = known.filter(({ state }) => !hasRolloutEnded(state));
    const use = { computers, activeRollouts: new Set(active.map(({ id }) => id)) };
    const orders = removableOrders(batch, use);
    const [first] = orders;
    if (!first) return;
    const keys = orders.map(({ id, revision, computer }) => ({ id, seen: revision, of: computer }));
    yield planOf(this.kind, first.endedAt ?? first.createdAt, keys);
  }

  async *documents({ keys }: RetentionPlan): AsyncGenerator<ArchivedDocument> {
    const ids = keys.map(({ id }) => id as OrderId);
    for (const document of await this.orders.findByIds(ids)) yield { collection: 'orders', document };
    const events = await this.timeline.ofOrders(computersOf(keys), ids);
    for (const document of events) yield { collection: 'timeline', document };
  }

  async remove({ keys }: RetentionPlan): Promise<Record<string, number>> {
    const orders = await this.orders.removeEnded(
      keys.map(({ id, seen }) => ({ id: id as OrderId, revision: seen })),
    );
    // of those that changed meanwhile, and so are still there, nothing goes
    const left = new Set(
      (await this.orders.findByIds(keys.map(({ id }) => id as OrderId))).map(({ id }) => id as string),
    );
    const gone = keys.filter(({ id }) => !left.has(id));
    const timeline = await this.timeline.removeOfOrders(
      computersOf(gone),
      gone.map(({ id }) => id as OrderId),
    );
    return { orders, timeline };
  }
}

function computersOf(keys: RetentionPlan['keys']): ComputerId[] {
  return [...new Set(keys.flatMap(({ of }) => (of === null ? [] : [of as ComputerId])))];
}
