import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type Computer,
  type ComputerAction,
  type ComputerId,
  DomainError,
  type DpId,
  type InstallOrder,
  isRegistered,
  kindOfAction,
  type OpenOrder,
  type OrderId,
  type ReleaseVersion,
  SERVER_DP,
  startAction,
} from '#domain';
import { ComputerRepository, OptimisticLockError, OrderRepository, retryWhenBeaten } from '#persistence';
import { currentTime, newId } from '#runtime';
import type { MessageDescriptor } from '#texts';
import { ActionChecks } from './action-checks.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { OrderPlanner } from '../orders/order-planner.js';
import { traceOfNew } from '../orders/order-trace.js';
import { noMethodMessage, notSealedMessage, ReleaseChecks } from './release-checks.js';

const MISSING = 'notFound.computer';

export interface ActionInput {
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
  message: MessageDescriptor;
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
    private readonly checks: ActionChecks,
    private readonly releases: ReleaseChecks,
    private readonly planner: OrderPlanner,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** @throws DomainError NOT_FOUND, WRONG_STATE, DP_NOT_ENABLED, NO_ACCOUNT, VALIDATION_FAILED (unknown release) */
  async start(caller: Caller, id: ComputerId, wish: ActionInput): Promise<ActionResult> {
    const named = wish.release && (await this.releases.demandPublished(wish.release));
    return retryWhenBeaten(`computer ${id}`, async () => {
      const computer = await this.computers.findById(caller.tenants, id);
      if (!computer) throw new DomainError('NOT_FOUND', MISSING);
      const now = currentTime();
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
        ...(caller.request && { correlation: caller.request }),
        at: now,
      });
      // Whether the rule allows it at all is asked first: that answer helps more than one about a DP.
      const isOpen = !startAction(computer, intent([SERVER_DP])).changed;
      if (isOpen) return this.openOne(computer, now);
      const outcome = startAction(computer, intent(await this.checks.route(computer, wish.action, now)));
      if (!outcome.changed) return undefined;
      const stored = await this.computers.replace(traced(outcome.computer));
      return stored ? this.followUp(stored, now) : undefined;
    });
  }

  private defaultFor({ tenant, dp }: Computer): Promise<ReleaseVersion> {
    return this.releases.defaultRelease(tenant, dp.fixed ?? dp.assigned ?? SERVER_DP);
  }

  private async openOne(computer: Computer, now: Date): Promise<ActionResult> {
    const order = await this.orderOf(computer, now);
    return { order, created: false, message: { key: 'order.alreadyOpen', params: { order: order.id } } };
  }

  private async followUp(computer: Computer, now: Date): Promise<ActionResult> {
    const order = await this.orderOf(computer, now);
    const message =
      order.heldBack?.code === 'ACCOUNT_NOT_SEALED'
        ? notSealedMessage(computer, order.dp)
        : order.heldBack?.code === 'DP_PLATFORM'
          ? noMethodMessage(computer, order.dp)
          : messageOf(computer, order.route);
    return { order, created: true, message };
  }

  /** Makes the order from the intent on its computer; nothing happens to one that is there. */
  private async orderOf(computer: Computer, now: Date): Promise<InstallOrder> {
    const planned = await this.planner.ordersFor([computer], now);
    const [made] = await this.dispatcher.begin(planned);
    const order = made ?? (await this.orders.findByIds(planned.map(({ id }) => id)))[0];
    if (!order) throw new OptimisticLockError(`computer ${computer.id}`);
    return order;
  }
}

function messageOf({ hostName: name, state }: Computer, [first, next]: readonly DpId[]): MessageDescriptor {
  const dp = first ?? SERVER_DP;
  if (!isRegistered(state)) return { key: 'order.probe', params: { name, dp } };
  if (dp !== SERVER_DP) return { key: 'order.queued', params: { name, dp } };
  return next === undefined
    ? { key: 'order.direct', params: { name } }
    : { key: 'order.directThenDp', params: { name, dp: next } };
}

/** A computer with its new open order, and the trace of that. */
function traced(computer: Computer): Computer {
  const { openOrder, id } = computer;
  const trace = openOrder ? traceOfNew(openOrder, id, { isOneOfMany: false }) : undefined;
  return openOrder && trace !== undefined ? { ...computer, openOrder: { ...openOrder, trace } } : computer;
}
