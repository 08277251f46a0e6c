import { Injectable } from '@nestjs/common';
import {
  isSameStanding,
  memberId,
  memberStanding,
  type Computer,
  type ComputerId,
  type InstallOrder,
  type Rollout,
  type RolloutId,
  type RolloutMember,
} from '#domain';
import {
  ComputerRepository,
  OrderRepository,
  RolloutMemberRepository,
  type SeenStanding,
} from '#persistence';
import { RolloutBell } from './rollout-bell.js';

/** Members looked at together. */
const BATCH = 1000;

/**
 * Notes on the members of rollouts how their orders and computers stand. Whoever changes these tells it at once, because
 * a rollout is stopped by it; what a crash in between has left, {@link follow} finds.
 */
@Injectable()
export class RolloutStandings {
  /** Where the next look at a rollout's members goes on. */
  private readonly followedTo = new Map<RolloutId, string>();

  constructor(
    private readonly members: RolloutMemberRepository,
    private readonly orders: OrderRepository,
    private readonly computers: ComputerRepository,
    private readonly bell: RolloutBell,
  ) {}

  /** Orders as they are stored now; those of no rollout are passed over. */
  async noteOrders(orders: readonly InstallOrder[], now: Date): Promise<void> {
    const own = orders.filter(({ rollout }) => rollout !== undefined);
    if (own.length === 0) return;
    const found = await this.computers.findByIds(
      'all',
      own.map(({ computer }) => computer),
    );
    const computers = new Map<ComputerId, Computer>(found.map((one) => [one.id, one]));
    const standings: SeenStanding[] = [];
    const rung = new Set<RolloutId>();
    for (const order of own) {
      const { rollout } = order;
      if (!rollout) continue;
      rung.add(rollout);
      const computer = computers.get(order.computer) ?? null;
      standings.push({
        id: memberId(rollout, order.computer),
        // whoever is told of here was heard of just now: silence is what a look finds
        standing: memberStanding(order, computer, Infinity, now),
        seen: seenOf(order, computer),
      });
    }
    if ((await this.members.noteStandings(standings)) > 0) this.bell.ring(rung);
  }

  /** Computers that were changed without their order: the client did not register in time. */
  async noteComputers(computers: readonly Computer[], now: Date): Promise<void> {
    const last = computers.flatMap(({ lastOrder }) => lastOrder ?? []);
    await this.noteOrders(await this.orders.findByIds(last), now);
  }

  /** Looks at some of the members of whom something may still be heard; the next call goes on behind them. */
  async follow(rollout: Rollout, now: Date): Promise<void> {
    const page = await this.members.followed(rollout.id, this.followedTo.get(rollout.id) ?? null, BATCH);
    const last = page.at(-1);
    if (last && page.length === BATCH) this.followedTo.set(rollout.id, last.id);
    else this.followedTo.delete(rollout.id);
    const standings = await this.standingsOf(page, rollout.silentAfter, now);
    if ((await this.members.noteStandings(standings)) > 0) this.bell.ring(new Set([rollout.id]));
  }

  /** Those that are not as their members say. */
  private async standingsOf(
    members: readonly RolloutMember[],
    silentAfter: number,
    now: Date,
  ): Promise<SeenStanding[]> {
    if (members.length === 0) return [];
    const [orders, computers] = await Promise.all([
      this.orders.findByIds(members.flatMap(({ order }) => order ?? [])),
      this.computers.findByIds(
        'all',
        members.map(({ computer }) => computer),
      ),
    ]);
    const orderOf = new Map(orders.map((order) => [order.id, order]));
    const computerOf = new Map(computers.map((computer) => [computer.id, computer]));
    return members.flatMap((member) => {
      const order = (member.order && orderOf.get(member.order)) ?? null;
      const computer = computerOf.get(member.computer) ?? null;
      const standing = memberStanding(order, computer, silentAfter, now);
      if (isSameStanding(member, standing)) return [];
      return [{ id: member.id, standing, seen: seenOf(order, computer) }];
    });
  }
}

/** Grows with each change of either; a look at both that is later is at least as large. */
function seenOf(order: InstallOrder | null, computer: Computer | null): number {
  return (order?.revision ?? 0) + (computer?.revision ?? Number.MAX_SAFE_INTEGER / 2);
}
