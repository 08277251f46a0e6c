import { Injectable } from '@nestjs/common';
import {
  DomainError,
  isRegistered,
  kindOfAction,
  SERVER_DP,
  startAction,
  telling,
  type Computer,
  type ComputerAction,
  type ComputerId,
  type DpId,
  type InstallOrder,
  type OpenOrder,
  type OrderId,
  type ReleaseVersion,
  type TimelineEvent,
} from '#domain';
import { ComputerRepository, OrderRepository, TimelineRepository } from '#persistence';
import { newId } from '#runtime';
import type { Caller } from '../access/caller.js';
import { ActionChecks } from './action-checks.js';
import { Dispatcher } from './dispatcher.js';
import { LostRace } from './lost-race.js';
import { computerEvent } from './order-events.js';
import { OrderPlanner } from './order-planner.js';
import { ReleaseChecks } from './release-checks.js';

const TRIES = 5;
const MISSING = 'There is no such computer.';

export interface ActionWish {
  action: ComputerAction;
  /** What `reinstall` installs; null: the default release. */
  release: ReleaseVersion | null;
  note: string | null;
  /** The final order this one retries. */
  retryOf: OrderId | null;
}

export interface ActionResult {
  order: InstallOrder;
  /** False: such an order was open already. */
  created: boolean;
  message: string;
}

/**
 * Actions on one computer (R11): the server DP tries it directly, and passes it on to the assigned DP when it cannot reach
 * the computer. As a release, it is written on the computer first, and the order is made from that.
 */
@Injectable()
export class ActionService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly timeline: TimelineRepository,
    private readonly checks: ActionChecks,
    private readonly releases: ReleaseChecks,
    private readonly planner: OrderPlanner,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** @throws DomainError NOT_FOUND, WRONG_STATE, DP_NOT_ENABLED, NO_ACCOUNT, VALIDATION_FAILED (unknown release) */
  async start(caller: Caller, id: ComputerId, wish: ActionWish): Promise<ActionResult> {
    const named = wish.release && (await this.releases.demandPublished(wish.release));
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const computer = await this.computers.findById(caller.tenants, id);
      if (!computer) throw new DomainError('NOT_FOUND', MISSING);
      const now = new Date();
      const release = wish.action === 'reinstall' ? (named ?? (await this.defaultFor(computer))) : null;
      const intent = (route: readonly [DpId, ...DpId[]]): OpenOrder => ({
        id: newId() as OrderId,
        kind: kindOfAction(wish.action),
        dp: route[0],
        route,
        release,
        notBefore: now,
        by: caller.name,
        note: wish.note,
        retryOf: wish.retryOf,
        at: now,
      });
      // Whether the rule allows it at all is asked first: that answer helps more than one about a DP.
      const isOpen = !startAction(computer, intent([SERVER_DP])).changed;
      if (isOpen) return this.openOne(computer, now);
      const outcome = startAction(computer, intent(await this.checks.route(computer, wish.action, now)));
      if (!outcome.changed) continue;
      const event = askedEvent(outcome.computer);
      const stored = await this.computers.replace(telling(outcome.computer, [event]));
      if (stored) return this.followUp(stored, event, now);
    }
    throw new LostRace(`computer ${id}`);
  }

  private defaultFor({ tenant, dp }: Computer): Promise<ReleaseVersion> {
    return this.releases.defaultRelease(tenant, dp.fixed ?? dp.assigned ?? SERVER_DP);
  }

  private async openOne(computer: Computer, now: Date): Promise<ActionResult> {
    const order = await this.orderOf(computer, now);
    return { order, created: false, message: `Order ${order.id} for this is open already.` };
  }

  private async followUp(computer: Computer, event: TimelineEvent, now: Date): Promise<ActionResult> {
    const planned = await this.orderOf(computer, now);
    const { id, route } = planned;
    await this.timeline.append([event]);
    await this.dispatcher.dispatch([planned], now);
    const order = (await this.orders.findById('all', id)) ?? planned;
    return { order, created: true, message: messageOf(computer, route) };
  }

  /** Makes the order from the intent on its computer; nothing happens to one that is there. */
  private async orderOf(computer: Computer, now: Date): Promise<InstallOrder> {
    const made = await this.planner.ordersFor([computer], now);
    await this.orders.insertMany(made);
    const [order] = await this.orders.findByIds(made.map((one) => one.id));
    if (!order) throw new LostRace(`computer ${computer.id}`);
    return order;
  }
}

function askedEvent(computer: Computer): TimelineEvent {
  const { openOrder } = computer;
  if (!openOrder) throw new Error('an action leaves an open order');
  const { id, kind, dp, route, by, note, release, at } = openOrder;
  return computerEvent(computer, {
    id: `asked:${id}`,
    at,
    source: 'admin',
    kind: 'action-asked',
    order: id,
    dp,
    data: { by, note, orderKind: kind, route: route ?? [dp], release },
  });
}

function messageOf(computer: Computer, [first, next]: readonly DpId[]): string {
  if (!isRegistered(computer.state)) return `${computer.name} is probed by distribution point ${first}.`;
  if (first !== SERVER_DP) {
    return `An order for ${computer.name} is put on the queue of distribution point ${first}.`;
  }
  return next === undefined
    ? `${computer.name} is tried directly, by the server DP.`
    : `${computer.name} is tried directly, by the server DP; if that cannot reach it, by distribution point ${next}.`;
}
