import { Injectable } from '@nestjs/common';
import type { DpId, HoldCode, InstallOrder, OrderId, Rollout } from '#domain';
import { OrderRepository, RolloutMemberRepository } from '#persistence';

/** What keeps computers of a rollout waiting at a DP although their turn has come. */
export interface RolloutHold {
  code: HoldCode;
  dp: DpId;
  count: number;
  /** When the first of them is looked at again; null: when a person or an event lifts it. */
  until: Date | null;
}

/** Members whose orders are looked at: a wave that is held back is held back as a whole. */
const LOOKED_AT = 500;
/** What does not pass by itself in the course of the work, and is told nowhere else on a rollout. */
const TOLD: ReadonlySet<HoldCode> = new Set([
  'WINDOW_CLOSED',
  'DP_DISABLED',
  'ACCOUNT_NOT_SEALED',
  'DP_PLATFORM',
  'BRAKE',
]);

/** Says of a rollout that runs what its orders wait for. */
@Injectable()
export class RolloutHolds {
  constructor(
    private readonly members: RolloutMemberRepository,
    private readonly orders: OrderRepository,
  ) {}

  /** The most computers first, of the first 500 that have an order and nothing that came of it. */
  async of({ id, state }: Rollout): Promise<RolloutHold[]> {
    if (state !== 'running') return [];
    const { items } = await this.members.list(id, { states: ['started'] }, { limit: LOOKED_AT, countTo: 1 });
    const orders = await this.orders.findByIds(
      items.flatMap(({ order }): OrderId[] => (order ? [order] : [])),
    );
    const holds = new Map<string, RolloutHold>();
    for (const order of orders) note(holds, order);
    return [...holds.values()].toSorted((a, b) => b.count - a.count);
  }
}

function note(holds: Map<string, RolloutHold>, { dp, heldBack }: InstallOrder): void {
  if (!heldBack || !TOLD.has(heldBack.code)) return;
  const { code, until } = heldBack;
  const known = holds.get(`${code} ${dp}`);
  if (!known) {
    holds.set(`${code} ${dp}`, { code, dp, count: 1, until });
    return;
  }
  known.count += 1;
  if (until !== null && (known.until === null || until < known.until)) known.until = until;
}
