import { Injectable } from '@nestjs/common';
import type {
  BrakeId,
  DistributionPoint,
  DpId,
  EventSource,
  Hold,
  InstallOrder,
  OrderId,
  RolloutId,
  RolloutMember,
  TenantId,
} from '#domain';
import { DistributionPointRepository, OrderRepository, RolloutMemberRepository } from '#persistence';
import { currentTime, RequestBatcher } from '#runtime';
import { AccountTrials } from '../eligibility/account-trials.js';
import { Background } from '../../platform/background/background.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { EligibilityPolicy, type EligibilitySnapshot } from '../eligibility/eligibility-policy.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';

/** Orders looked at in one run. */
const BATCH = 1000;
/** Orders that wait for a login, looked at together: few of them may go on at once. */
const LOGINS_BATCH = 100;

const LIFTED: OrderEventInput = { event: { type: 'hold-lifted' }, source: 'server' };

/**
 * Looks again at orders that wait for somebody to change something: a brake, a DP, the maintenance windows. Whoever
 * changes it lets them go at once; this finds what a crash in between has left, and windows that are others now.
 */
@Injectable()
export class HoldReevaluator {
  private after: OrderId | null = null;
  /** Tenants whose logins are freed while others are looked at share the next look. */
  private readonly freed = new RequestBatcher<TenantId, void>(
    async (tenants) => {
      for (const tenant of new Set(tenants)) await this.wakeLogins(tenant);
      return tenants.map(() => undefined);
    },
    { inOrder: true },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly members: RolloutMemberRepository,
    private readonly eligibility: EligibilityPolicy,
    private readonly trials: AccountTrials,
    private readonly transitions: OrderTransitions,
    private readonly dispatcher: Dispatcher,
    private readonly background: Background,
  ) {}

  async reevaluate(now: Date): Promise<void> {
    const held = await this.orders.heldForChange(this.after, BATCH);
    this.after = held.length === BATCH ? (held.at(-1)?.id ?? null) : null;
    await this.lookAt(held, now);
  }

  /** An account of this tenant was entered: orders that waited for one their DP can open go out. Nobody waits for it. */
  accountEntered(tenant: TenantId): void {
    this.background.add(this.lookAtUnsealed(tenant), 'looking at orders that waited for an account');
  }

  /** Orders that were held back while their DP was not enabled become due. */
  async dpEnabled(dp: DpId): Promise<void> {
    await this.lift(await this.orders.heldBack(dp, 'DP_DISABLED'), 'admin');
  }

  /** Orders that these brakes held back become due; another brake may hold them back again. */
  async brakesLifted(brakes: readonly BrakeId[]): Promise<void> {
    await this.lift(await this.orders.braked(brakes), 'admin');
  }

  /** Orders that were held back while their rollout was paused become due. */
  async rolloutResumed(rollout: RolloutId): Promise<void> {
    let after: string | null = null;
    do {
      const page: RolloutMember[] = await this.members.followed(rollout, after, BATCH);
      const orders = await this.orders.findByIds(page.flatMap(({ order }) => order ?? []));
      await this.lift(
        orders.filter(({ heldBack }) => heldBack?.code === 'ROLLOUT_PAUSED'),
        'admin',
      );
      after = page.length === BATCH ? (page.at(-1)?.id ?? null) : null;
    } while (after !== null);
  }

  /**
   * Logins of this tenant are known to have worked, or to be over: those that waited for that go on, as many as may.
   * Nobody waits for it.
   */
  loginsFreed(tenant: TenantId): void {
    this.background.add(this.freed.load(tenant), 'waking orders that wait for a login');
  }

  /**
   * Orders that were held back a moment ago because of their account: it may have turned out to work while that was
   * written, and whoever sent the others on has not seen these. Nobody waits for it.
   */
  reevaluateAccounts(orders: readonly InstallOrder[]): void {
    const held = orders.filter(({ heldBack }) => heldBack?.code === 'ACCOUNT_UNPROVEN');
    if (held.length > 0)
      this.background.add(
        this.wake(held).then(() => undefined),
        'looking again at accounts',
      );
  }

  private async lookAtUnsealed(tenant: TenantId): Promise<void> {
    let after: OrderId | null = null;
    do {
      const held: InstallOrder[] = await this.orders.heldBackOf(tenant, 'ACCOUNT_NOT_SEALED', BATCH, after);
      await this.lookAt(held, currentTime());
      after = held.length === BATCH ? (held.at(-1)?.id ?? null) : null;
    } while (after !== null);
  }

  /** Each order is looked at once, and only as long as nobody of a page has to wait any longer. */
  private async wakeLogins(tenant: TenantId): Promise<void> {
    let after: OrderId | null = null;
    do {
      const page: InstallOrder[] = await this.orders.heldBackOf(
        tenant,
        'ACCOUNT_UNPROVEN',
        LOGINS_BATCH,
        after,
      );
      const waiting = await this.wake(page);
      after = waiting === 0 && page.length === LOGINS_BATCH ? (page.at(-1)?.id ?? null) : null;
    } while (after !== null);
  }

  /**
   * Lets those of the orders go on that may log in now, and says of the others what else they wait for.
   *
   * @returns how many still have to wait for a login
   */
  private async wake(held: readonly InstallOrder[]): Promise<number> {
    if (held.length === 0) return 0;
    const now = currentTime();
    const { gate, dps } = await this.seen(held, now);
    const moves = new Map<OrderId, OrderEventInput[]>();
    let waiting = 0;
    for (const order of held) {
      const dp = dps.get(order.dp);
      const hold = gate.holdOf(order, dp) ?? (dp ? gate.loginHold(order, dp) : null);
      // one whose DP is away takes nobody's place: its ticket lies there until the DP asks, and is judged again then
      if (!hold && dp && !gate.isAway(order, dp)) this.trials.note(order, dp, gate, now);
      const move = changed(order, hold);
      if (hold?.code === 'ACCOUNT_UNPROVEN') waiting += 1;
      else if (move) moves.set(order.id, [move]);
    }
    this.dispatcher.dispatchLater(await this.transitions.apply(moves, now, held));
    return waiting;
  }

  private async lookAt(held: readonly InstallOrder[], now: Date): Promise<void> {
    if (held.length === 0) return;
    const { gate, dps } = await this.seen(held, now);
    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const order of held) {
      const move = changed(order, gate.holdOf(order, dps.get(order.dp)));
      if (move) moves.set(order.id, [move]);
    }
    this.dispatcher.dispatchLater(await this.transitions.apply(moves, now, held));
  }

  /** What decides on these orders, as it is now. */
  private async seen(
    orders: readonly InstallOrder[],
    now: Date,
  ): Promise<{ gate: EligibilitySnapshot; dps: ReadonlyMap<DpId, DistributionPoint> }> {
    const found = await this.dps.findByIds([...new Set(orders.map(({ dp }) => dp))]);
    return { gate: await this.eligibility.look(orders, now), dps: new Map(found.map((dp) => [dp.id, dp])) };
  }

  private async lift(orders: readonly InstallOrder[], source: EventSource): Promise<void> {
    const lifted: OrderEventInput[] = [{ ...LIFTED, source }];
    const moves = new Map(orders.map(({ id }) => [id, lifted]));
    const moved = await this.transitions.apply(moves, currentTime(), orders);
    await this.dispatcher.dispatchMoved(moved);
  }
}

function changed({ heldBack, dp, publish }: InstallOrder, hold: Hold | null): OrderEventInput | null {
  if (!hold) return LIFTED;
  const same =
    heldBack?.code === hold.code &&
    heldBack.until?.getTime() === hold.until?.getTime() &&
    heldBack.brake === hold.brake;
  return same ? null : { event: { type: 'held', dp, ticket: publish.ticket, hold }, source: 'server' };
}
