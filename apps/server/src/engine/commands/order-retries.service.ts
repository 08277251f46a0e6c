import { Injectable } from '@nestjs/common';
import {
  type Caller,
  COMPUTER_ACTIONS,
  type ComputerId,
  DomainError,
  inScope,
  type InstallOrder,
  isFinal,
  kindOfAction,
  type OrderId,
  type ReleaseVersion,
} from '#domain';
import { OrderRepository } from '#persistence';
import { currentTime, inBatches } from '#runtime';
import { ActionService } from './action.service.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { OrderTransitions, type OrderEventInput } from '../orders/order-transitions.js';
import { missing, refused, type OrderResult } from './order-commands.service.js';
import { ReleaseChecks } from './release-checks.js';
import type { ReleaseInput } from './release-decision.js';
import { ReleaseService } from './release.service.js';

/** Orders handled together. */
const BATCH = 500;

type Results = Map<OrderId, OrderResult>;

/** Retries: orders that wait become due in one write, installs that ended are released again in another. */
@Injectable()
export class OrderRetriesService {
  constructor(
    private readonly orders: OrderRepository,
    private readonly checks: ReleaseChecks,
    private readonly releasing: ReleaseService,
    private readonly actions: ActionService,
    private readonly transitions: OrderTransitions,
    private readonly dispatcher: Dispatcher,
  ) {}

  /**
   * An order that waits becomes due now; one that ended is made anew, as another order (`retryOf`). One that is refused
   * does not stop the others.
   */
  async retry(caller: Caller, ids: readonly OrderId[]): Promise<OrderResult[]> {
    return inBatches(ids, BATCH, (batch) => this.retryBatch(caller, batch));
  }

  private async retryBatch(caller: Caller, ids: readonly OrderId[]): Promise<OrderResult[]> {
    const found = (await this.orders.findByIds(ids)).filter(({ tenant }) => inScope(caller.tenants, tenant));
    const results: Results = new Map();
    await this.makeDue(
      found.filter(({ state }) => state === 'planned'),
      results,
    );
    await this.releaseAgain(
      caller,
      found.filter((one) => one.kind === 'install-client' && isFinal(one.state) && one.state !== 'succeeded'),
      results,
    );
    for (const order of found) {
      if (!results.has(order.id)) results.set(order.id, await this.retryOther(caller, order));
    }
    return ids.map((id) => results.get(id) ?? missing(id));
  }

  private async makeDue(waiting: readonly InstallOrder[], results: Results): Promise<void> {
    const now = currentTime();
    const dueNow: OrderEventInput = { event: { type: 'due-now' }, source: 'admin' };
    const moves = new Map(waiting.map(({ id }) => [id, [dueNow]]));
    const moved = await this.transitions.apply(moves, now, waiting);
    await this.dispatcher.dispatchMoved(moved);
    const after = new Map((await this.orders.findByIds(waiting.map(({ id }) => id))).map((o) => [o.id, o]));
    for (const { id, computer, state } of waiting) {
      results.set(id, {
        order: id,
        computer,
        result: after.get(id) ?? null,
        ...(moved.has(id) && { from: state }),
        message: { key: 'order.due' },
      });
    }
  }

  /** Of several ended orders of one computer the newest is retried; the others get the same new order. */
  private async releaseAgain(
    caller: Caller,
    ended: readonly InstallOrder[],
    results: Results,
  ): Promise<void> {
    const releases = new Map<ReleaseVersion | null, ReleaseVersion | DomainError | null>();
    const wishes = new Map<ComputerId, ReleaseInput>();
    const newestFirst = ended.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    for (const { id, computer, release, note } of newestFirst) {
      const known = releases.get(release) ?? (await this.releaseOrFault(release));
      releases.set(release, known);
      if (known instanceof DomainError) {
        results.set(id, { ...refused(id, known.code, known.descriptor), computer });
      } else if (!wishes.has(computer)) {
        wishes.set(computer, { release: known, notBefore: null, note, retryOf: id });
      }
    }
    const now = currentTime();
    const released = await this.releasing.releaseEach(caller, wishes, now);
    const made = await this.orders.findByIds(released.results.flatMap(({ order }) => order ?? []));
    const byId = new Map(made.map((order) => [order.id, order]));
    const byComputer = new Map(released.results.map((one) => [one.computer, one]));
    for (const { id, computer, state } of ended) {
      const result = byComputer.get(computer);
      if (!result || results.has(id)) continue;
      const created = result.order && byId.get(result.order);
      results.set(
        id,
        created
          ? {
              order: id,
              computer,
              result: created,
              ...(created.retryOf === id && { from: state }),
              created: created.retryOf === id,
              message: result.message,
            }
          : { ...refused(id, result.code ?? 'NOT_FOUND', result.message), computer },
      );
    }
  }

  /** Neither waiting to be due nor an install that ended: its ticket waits, it is under way, or it was another action. */
  private async retryOther(caller: Caller, order: InstallOrder): Promise<OrderResult> {
    const { id, computer, dp, kind, release, note, state } = order;
    if (state === 'queued') {
      return { order: id, computer, result: order, message: { key: 'order.ticketWaits', params: { dp } } };
    }
    if (!isFinal(state) || state === 'succeeded') {
      const message = { key: 'order.nothingToRetry', params: { state } } as const;
      return { ...refused(id, 'WRONG_STATE', message), computer };
    }
    const action = COMPUTER_ACTIONS.find((one) => kindOfAction(one) === kind);
    if (!action) throw new Error(`no action makes orders of kind ${kind}`);
    try {
      const started = await this.actions.start(caller, computer, { action, release, note, retryOf: id });
      const { order: result, created, message } = started;
      return { order: id, computer, result, ...(created && { from: state }), created, message };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { ...refused(id, error.code, error.descriptor), computer };
    }
  }

  private async releaseOrFault(wanted: ReleaseVersion | null): Promise<ReleaseVersion | DomainError | null> {
    try {
      return wanted && (await this.checks.demandPublished(wanted));
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }
}
