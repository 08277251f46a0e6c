import { Injectable } from '@nestjs/common';
import {
  DomainError,
  inScope,
  isFinal,
  type ComputerId,
  type InstallOrder,
  type OrderId,
  type ReleaseVersion,
} from '#domain';
import { OrderRepository } from '#persistence';
import { inBatches } from '#runtime';
import type { Caller } from '../access/caller.js';
import { Dispatcher } from './dispatcher.js';
import { OrderMoves, type Move } from './order-moves.js';
import { missing, OrdersService, refused, waitsAlready, type OrderResult } from './orders.service.js';
import { ReleaseChecks } from './release-checks.js';
import { ReleaseService, type ReleaseWish } from './release.service.js';

/** Orders handled together. */
const BATCH = 500;

type Results = Map<OrderId, OrderResult>;

/** Retries of many orders: those that wait become due in one write, those that ended are released again in another. */
@Injectable()
export class OrderRetries {
  constructor(
    private readonly orders: OrderRepository,
    private readonly single: OrdersService,
    private readonly checks: ReleaseChecks,
    private readonly releasing: ReleaseService,
    private readonly moves: OrderMoves,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** As {@link OrdersService.retry} for each; one that is refused does not stop the others. */
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
      const { id, state } = order;
      if (results.has(id)) continue;
      results.set(id, state === 'queued' ? waitsAlready(order) : await this.single.retry(caller, id));
    }
    return ids.map((id) => results.get(id) ?? missing(id));
  }

  private async makeDue(waiting: readonly InstallOrder[], results: Results): Promise<void> {
    const now = new Date();
    const dueNow: Move = { event: { type: 'due-now' }, source: 'admin' };
    const moved = await this.moves.apply(new Map(waiting.map(({ id }) => [id, [dueNow]])), now);
    const due = [...moved.values()].filter(({ outcomes }) => outcomes.some((one) => one.changed));
    await this.dispatcher.dispatch(
      due.map(({ after }) => after),
      now,
    );
    const after = new Map((await this.orders.findByIds(waiting.map(({ id }) => id))).map((o) => [o.id, o]));
    for (const { id, computer, state } of waiting) {
      results.set(id, {
        order: id,
        computer,
        result: after.get(id) ?? null,
        ...(moved.has(id) && { from: state }),
        message: 'The order is due now.',
      });
    }
  }

  /** Of several ended orders of one computer the newest is retried; the others get the same new order. */
  private async releaseAgain(
    caller: Caller,
    ended: readonly InstallOrder[],
    results: Results,
  ): Promise<void> {
    const releases = new Map<ReleaseVersion | null, ReleaseVersion | DomainError>();
    const wishes = new Map<ComputerId, ReleaseWish>();
    const newestFirst = ended.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
    for (const { id, computer, release, note } of newestFirst) {
      const known = releases.get(release) ?? (await this.releaseOrFault(release));
      releases.set(release, known);
      if (known instanceof DomainError) {
        results.set(id, { ...refused(id, known.code, known.detail), computer });
      } else if (!wishes.has(computer)) {
        wishes.set(computer, { release: known, notBefore: null, note, retryOf: id });
      }
    }
    const now = new Date();
    const released = await this.releasing.releaseEach(caller, wishes, now);
    await this.dispatcher.dispatch(released.orders, now);
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

  private async releaseOrFault(wanted: ReleaseVersion | null): Promise<ReleaseVersion | DomainError> {
    try {
      return await this.checks.releaseToInstall(wanted);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }
}
