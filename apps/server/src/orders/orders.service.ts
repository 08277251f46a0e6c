import { Injectable } from '@nestjs/common';
import {
  DomainError,
  hasBegun,
  inScope,
  isFinal,
  isRegistered,
  type BrakeId,
  type Computer,
  type ComputerId,
  type DomainErrorCode,
  type DpId,
  type InstallOrder,
  type OrderId,
  type OrderState,
  type ReleaseVersion,
} from '#domain';
import { ComputerRepository, OrderRepository, type ComputerFilter } from '#persistence';
import { inBatches } from '#runtime';
import type { Caller } from '../access/caller.js';
import { SettingsService } from '../settings/settings.service.js';
import { Dispatcher } from './dispatcher.js';
import { OrderMoves, type Move } from './order-moves.js';
import { ReleaseChecks } from './release-checks.js';
import { ReleaseService, type ReleaseResult, type ReleaseWish } from './release.service.js';

/** Computers handled together. */
const BATCH = 500;
/** Computers or orders one call may name or match. */
export const BULK_LIMIT = 10_000;

export interface ReleaseRequest {
  computers?: readonly ComputerId[];
  filter?: ComputerFilter;
  release?: ReleaseVersion | null;
  notBefore?: Date | null;
  note?: string | null;
}

/** What became of one order of a cancel or retry. */
export interface OrderResult {
  order: OrderId;
  /** Null: there is no such order. */
  computer: ComputerId | null;
  /** The order as it stands now, or the new order of a retry. */
  result: InstallOrder | null;
  /** How it stood before; absent when nothing was changed. */
  from?: OrderState;
  /** A retry that made a new order. */
  created?: boolean;
  code?: DomainErrorCode;
  message: string;
}

/** What administrators do with orders. Tickets, claims and reports are in the dispatcher, the claim and the intake. */
@Injectable()
export class OrdersService {
  constructor(
    private readonly orders: OrderRepository,
    private readonly computers: ComputerRepository,
    private readonly checks: ReleaseChecks,
    private readonly releasing: ReleaseService,
    private readonly moves: OrderMoves,
    private readonly dispatcher: Dispatcher,
    private readonly settings: SettingsService,
  ) {}

  /**
   * Releases computers (R4). The tickets are on their queues when this resolves, unless the broker is away: then the
   * sweep puts them there.
   *
   * @throws DomainError VALIDATION_FAILED for an unknown release
   */
  async release(
    caller: Caller,
    request: ReleaseRequest,
  ): Promise<{ results: ReleaseResult[]; counts: Record<string, number>; orders: InstallOrder[] }> {
    const wish = {
      release: request.release ? await this.checks.demandPublished(request.release) : null,
      notBefore: request.notBefore ?? null,
      note: request.note ?? null,
      retryOf: null,
    };
    const ids = request.computers ?? (await this.matching(caller, request.filter ?? {}));
    const orders: InstallOrder[] = [];
    const results = await inBatches(ids, BATCH, async (batch) => {
      const released = await this.releaseBatch(caller, batch, wish);
      orders.push(...released.orders);
      return released.results;
    });
    return { results, counts: countsOf(results), orders };
  }

  /** Cancels orders: at once when nobody holds them, else with a deadline by which the cancel ends. */
  async cancel(caller: Caller, ids: readonly OrderId[]): Promise<OrderResult[]> {
    return inBatches(ids, BATCH, (batch) => this.cancelBatch(caller, batch));
  }

  /**
   * Makes computers removable: cancels the orders nobody holds.
   *
   * @param force cancels leased and running orders as well; what they started is not undone
   * @returns why a computer cannot be removed, by computer
   */
  async cancelForRemoval(
    caller: Caller,
    computers: readonly Computer[],
    force: boolean,
  ): Promise<Map<ComputerId, DomainError>> {
    const open = computers.filter((c) => c.openOrder && inScope(caller.tenants, c.tenant));
    const orders = await this.orders.findByIds(open.flatMap((c) => c.openOrder?.id ?? []));
    const blocked = new Map<ComputerId, DomainError>();
    const moves = new Map<OrderId, Move[]>();
    for (const order of orders) {
      const inHand = order.state === 'leased' || order.state === 'running' || order.state === 'cancelling';
      if (inHand && !force) {
        const text = `Its order is ${order.state} at distribution point ${order.dp}; cancel it first, or force the removal.`;
        blocked.set(order.computer, new DomainError('WRONG_STATE', text));
        continue;
      }
      const deadline = new Date();
      moves.set(order.id, [
        {
          event: { type: 'cancel-asked', by: caller.name, deadline },
          source: 'admin',
          data: { by: caller.name },
        },
        { event: { type: 'cancel-overdue' }, source: 'admin' },
      ]);
    }
    await this.moves.apply(moves, new Date());
    return blocked;
  }

  /** Orders that were held back while their DP was not enabled become due. */
  async dpEnabled(dp: DpId): Promise<void> {
    const held = await this.orders.heldBack(dp, 'DP_DISABLED');
    const now = new Date();
    const moves = new Map<OrderId, Move[]>(
      held.map((order) => [order.id, [{ event: { type: 'hold-lifted' }, source: 'admin' }]]),
    );
    const moved = await this.moves.apply(moves, now);
    await this.dispatchDue([...moved.values()].map((one) => one.after));
  }

  /** Orders that these brakes held back become due; another brake may hold them back again. */
  async brakesLifted(brakes: readonly BrakeId[]): Promise<void> {
    const held = await this.orders.braked(brakes);
    const now = new Date();
    const moves = new Map<OrderId, Move[]>(
      held.map((order) => [order.id, [{ event: { type: 'hold-lifted' }, source: 'admin' }]]),
    );
    const moved = await this.moves.apply(moves, now);
    await this.dispatchDue([...moved.values()].map((one) => one.after));
  }

  private async releaseBatch(
    caller: Caller,
    ids: readonly ComputerId[],
    wish: ReleaseWish,
  ): Promise<{ results: ReleaseResult[]; orders: InstallOrder[] }> {
    const first = await this.releasing.release(caller, ids, wish, new Date());
    await this.dispatchDue(first.orders);
    const probed = await this.endProbes(caller, first.results);
    if (probed.length === 0) return first;
    const second = await this.releasing.release(caller, probed, wish, new Date());
    await this.dispatchDue(second.orders);
    const again = new Map(second.results.map((result) => [result.computer, result]));
    return {
      results: first.results.map((result) => again.get(result.computer) ?? result),
      orders: [...first.orders, ...second.orders],
    };
  }

  /** A probe that is still open gives way to a release. @returns the computers that can be released now */
  private async endProbes(caller: Caller, results: readonly ReleaseResult[]): Promise<ComputerId[]> {
    const refusals = results.filter(({ code }) => code === 'WRONG_STATE').map(({ computer }) => computer);
    if (refusals.length === 0) return [];
    const probed = (await this.computers.findByIds(caller.tenants, refusals)).filter(
      ({ openOrder, state }) => openOrder?.kind === 'probe' && !isRegistered(state),
    );
    await this.cancelForRemoval(caller, probed, true);
    return probed.map(({ id }) => id);
  }

  private async matching(caller: Caller, filter: ComputerFilter): Promise<ComputerId[]> {
    const ids = await this.computers.idsMatching(caller.tenants, filter, BULK_LIMIT + 1);
    if (ids.length > BULK_LIMIT) {
      throw new DomainError(
        'VALIDATION_FAILED',
        `The filter matches more than ${BULK_LIMIT} computers; narrow it.`,
        [{ path: 'filter', code: 'too-many', message: `matches more than ${BULK_LIMIT} computers` }],
      );
    }
    return ids;
  }

  private async cancelBatch(caller: Caller, ids: readonly OrderId[]): Promise<OrderResult[]> {
    const now = new Date();
    const found = new Map((await this.orders.findByIds([...ids])).map((order) => [order.id, order]));
    const moves = new Map<OrderId, Move[]>();
    for (const order of found.values()) {
      if (!inScope(caller.tenants, order.tenant) || isFinal(order.state)) continue;
      const { pollInterval } = await this.settings.forDp(order.tenant, order.dp);
      const deadline = new Date(now.getTime() + 2 * pollInterval * 1000);
      const data = { by: caller.name, begun: hasBegun(order) };
      moves.set(order.id, [
        { event: { type: 'cancel-asked', by: caller.name, deadline }, source: 'admin', data },
      ]);
    }
    const moved = await this.moves.apply(moves, now);
    await this.dispatchDue([...moved.values()].map((one) => one.after));
    return ids.map((id) => {
      const order = found.get(id);
      if (!order || !inScope(caller.tenants, order.tenant)) return missing(id);
      const { computer } = order;
      const after = moved.get(id)?.after ?? order;
      const changed = after.state === order.state ? {} : { from: order.state };
      if (after.state === 'cancelled')
        return { order: id, computer, result: after, ...changed, message: 'The order is cancelled.' };
      if (after.state === 'cancelling') {
        const by = after.cancel?.deadline.toISOString();
        return {
          order: id,
          computer,
          result: after,
          ...changed,
          message: `Its distribution point is told to stop; the cancel ends by ${by}.`,
        };
      }
      return { ...refused(id, 'WRONG_STATE', `The order has ended: it is ${after.state}.`), computer };
    });
  }

  private async dispatchDue(orders: readonly InstallOrder[]): Promise<void> {
    const now = new Date();
    const due = orders.filter(
      (order) => !isFinal(order.state) && order.publish.due && order.publish.due <= now,
    );
    await this.dispatcher.dispatch(due, now);
  }
}

export function missing(order: OrderId): OrderResult {
  return refused(order, 'NOT_FOUND', 'There is no such order.');
}

export function refused(order: OrderId, code: DomainErrorCode, message: string): OrderResult {
  return { order, computer: null, result: null, code, message };
}

function countsOf(results: readonly ReleaseResult[]): Record<string, number> {
  const released = results.filter((r) => r.order !== null).length;
  return { released, refused: results.length - released };
}
