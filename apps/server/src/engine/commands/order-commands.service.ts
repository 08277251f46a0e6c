import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type Computer,
  type ComputerId,
  DomainError,
  type DomainErrorCode,
  hasBegun,
  inScope,
  type InstallOrder,
  isFinal,
  isRegistered,
  type OrderId,
  type OrderState,
  type ReleaseVersion,
} from '#domain';
import { ComputerRepository, OrderRepository, type ComputerFilter } from '#persistence';
import { currentTime, inBatches } from '#runtime';
import type { MessageDescriptor } from '#texts';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';
import { ReleaseChecks } from './release-checks.js';
import { HAS_RELEASE, type ReleaseInput, type ReleaseResult } from './release-decision.js';
import { ReleaseService } from './release.service.js';

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
  message: MessageDescriptor;
}

/** What administrators do with orders. Tickets, claims and reports are in the dispatcher, the claim and the intake. */
@Injectable()
export class OrderCommandsService {
  constructor(
    private readonly orders: OrderRepository,
    private readonly computers: ComputerRepository,
    private readonly checks: ReleaseChecks,
    private readonly releasing: ReleaseService,
    private readonly transitions: OrderTransitions,
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
      const released = await this.releaseBatch(caller, new Map(batch.map((id) => [id, wish])));
      orders.push(...released.orders);
      return released.results;
    });
    return { results, counts: countsOf(results), orders };
  }

  /** Releases computers, each with a wish of its own, as {@link release} does. */
  releaseEach(caller: Caller, wishes: ReadonlyMap<ComputerId, ReleaseInput>): Promise<ReleaseResult[]> {
    return inBatches([...wishes.keys()], BATCH, async (batch) => {
      const own = new Map([...wishes].filter(([id]) => batch.includes(id)));
      return (await this.releaseBatch(caller, own)).results;
    });
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
    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const order of orders) {
      const inHand = order.state === 'leased' || order.state === 'running' || order.state === 'cancelling';
      if (inHand && !force) {
        const { computer, state, dp } = order;
        blocked.set(computer, new DomainError('WRONG_STATE', 'computer.orderAtDp', { state, dp }));
        continue;
      }
      const deadline = currentTime();
      moves.set(order.id, [
        {
          event: { type: 'cancel-asked', by: caller.name, deadline },
          source: 'admin',
          data: { by: caller.name },
        },
        { event: { type: 'cancel-overdue' }, source: 'admin' },
      ]);
    }
    const moved = await this.transitions.apply(moves, currentTime(), orders);
    await this.dispatcher.tellToStop([...moved.values()].map(({ before }) => before));
    return blocked;
  }

  private async releaseBatch(
    caller: Caller,
    wishes: ReadonlyMap<ComputerId, ReleaseInput>,
  ): Promise<{ results: ReleaseResult[]; orders: InstallOrder[] }> {
    const first = await this.releasing.releaseEach(caller, wishes, currentTime());
    const probed = await this.endProbes(caller, first.results, wishes);
    if (probed.length === 0) return first;
    const left = new Map([...wishes].filter(([id]) => probed.includes(id)));
    const second = await this.releasing.releaseEach(caller, left, currentTime());
    const again = new Map(second.results.map((result) => [result.computer, result]));
    return {
      results: first.results.map((result) => again.get(result.computer) ?? result),
      orders: [...first.orders, ...second.orders],
    };
  }

  /** A probe that is still open gives way to a release. @returns the computers that can be released now */
  private async endProbes(
    caller: Caller,
    results: readonly ReleaseResult[],
    wishes: ReadonlyMap<ComputerId, ReleaseInput>,
  ): Promise<ComputerId[]> {
    const refusals = results
      .filter(({ code, message }) => code === 'WRONG_STATE' && message.key !== HAS_RELEASE)
      .map(({ computer }) => computer);
    if (refusals.length === 0) return [];
    const probed = (await this.computers.findByIds(caller.tenants, refusals)).filter(
      ({ id, openOrder, state }) =>
        openOrder?.kind === 'probe' && (wishes.get(id)?.kind === 'reinstall' || !isRegistered(state)),
    );
    await this.cancelForRemoval(caller, probed, true);
    return probed.map(({ id }) => id);
  }

  private async matching(caller: Caller, filter: ComputerFilter): Promise<ComputerId[]> {
    const ids = await this.computers.idsMatching(caller.tenants, filter, BULK_LIMIT + 1);
    if (ids.length > BULK_LIMIT) {
      throw new DomainError('VALIDATION_FAILED', 'order.filterTooWide', { most: BULK_LIMIT }, [
        { path: 'filter', code: 'too-many', key: 'fault.tooManyComputers', params: { most: BULK_LIMIT } },
      ]);
    }
    return ids;
  }

  private async cancelBatch(caller: Caller, ids: readonly OrderId[]): Promise<OrderResult[]> {
    const now = currentTime();
    const found = new Map((await this.orders.findByIds([...ids])).map((order) => [order.id, order]));
    const moves = new Map<OrderId, OrderEventInput[]>();
    for (const order of found.values()) {
      if (!inScope(caller.tenants, order.tenant) || isFinal(order.state)) continue;
      const { pollInterval } = await this.settings.forDp(order.tenant, order.dp);
      const deadline = new Date(now.getTime() + 2 * pollInterval * 1000);
      const data = { by: caller.name, begun: hasBegun(order) };
      moves.set(order.id, [
        { event: { type: 'cancel-asked', by: caller.name, deadline }, source: 'admin', data },
      ]);
    }
    const moved = await this.transitions.apply(moves, now, found.values());
    await this.dispatcher.dispatchMoved(moved);
    return ids.map((id) => {
      const order = found.get(id);
      if (!order || !inScope(caller.tenants, order.tenant)) return missing(id);
      const { computer } = order;
      const after = moved.get(id)?.after ?? order;
      const changed = after.state === order.state ? {} : { from: order.state };
      if (after.state === 'cancelled')
        return { order: id, computer, result: after, ...changed, message: { key: 'order.cancelled' } };
      if (after.state === 'cancelling') {
        const params = { time: after.cancel?.deadline.toISOString() ?? '' };
        return {
          order: id,
          computer,
          result: after,
          ...changed,
          message: { key: 'order.cancelling', params },
        };
      }
      const ended = { key: 'order.ended', params: { state: after.state } } as const;
      return { ...refused(id, 'WRONG_STATE', ended), computer };
    });
  }
}

export function missing(order: OrderId): OrderResult {
  return refused(order, 'NOT_FOUND', { key: 'notFound.order' });
}

export function refused(order: OrderId, code: DomainErrorCode, message: MessageDescriptor): OrderResult {
  return { order, computer: null, result: null, code, message };
}

function countsOf(results: readonly ReleaseResult[]): Record<string, number> {
  const released = results.filter((r) => r.order !== null).length;
  return { released, refused: results.length - released };
}
