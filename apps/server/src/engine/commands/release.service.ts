import { Injectable } from '@nestjs/common';
import { rolloutDp, type Caller, type Computer, type ComputerId, type InstallOrder } from '#domain';
import { ComputerRepository, retryLost } from '#persistence';
import { ActionChecks } from './action-checks.js';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { OrderPlanner } from '../orders/order-planner.js';
import { traceOfNew } from '../orders/order-trace.js';
import { ReleaseChecks, type ReleaseContext } from './release-checks.js';
import {
  decide,
  type Decision,
  type ReinstallContext,
  type ReleaseInput,
  type ReleaseResult,
} from './release-decision.js';

/** What would become of one computer. */
export interface ReleasePreview {
  computer: Computer;
  result: ReleaseResult;
  /** False: it is refused, or has been released already. */
  isNew: boolean;
}

/**
 * Releasing [Freigeben] (R4), and installing again for many: the computer gets the whole intent by a guarded write, the order is made from it, and the
 * dispatcher puts its ticket on the DP's queue. A crash in between is healed by the repair, from the intent.
 */
@Injectable()
export class ReleaseService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly dispatcher: Dispatcher,
    private readonly checks: ReleaseChecks,
    private readonly planner: OrderPlanner,
    private readonly actions: ActionChecks,
  ) {}

  /** Releases computers the caller may see; one that is refused does not stop the others. */
  async release(
    caller: Caller,
    ids: readonly ComputerId[],
    wish: ReleaseInput,
    now: Date,
  ): Promise<{ results: ReleaseResult[]; orders: InstallOrder[] }> {
    const { results, orders } = await this.releaseEach(caller, new Map(ids.map((id) => [id, wish])), now);
    const byComputer = new Map(results.map((result) => [result.computer, result]));
    return { results: ids.map((id) => byComputer.get(id) ?? unknownComputer(id)), orders };
  }

  /** As {@link release}, each computer with a wish of its own. */
  async releaseEach(
    caller: Caller,
    wishes: ReadonlyMap<ComputerId, ReleaseInput>,
    now: Date,
  ): Promise<{ results: ReleaseResult[]; orders: InstallOrder[] }> {
    const done = new Map<ComputerId, Decision>();
    await retryLost('computers', [...wishes.keys()], async (open) => {
      const found = await this.computers.findByIds(caller.tenants, open);
      const again = found.filter(({ id }) => wishes.get(id)?.kind === 'reinstall');
      const context = await this.contextFor(found, again, now);
      const decided = found.flatMap((computer) => {
        const wish = wishes.get(computer.id);
        return wish ? [traced(decide(computer, context, wish, caller, now), wishes.size > 1)] : [];
      });
      const { lost } = await this.computers.replaceMany(
        decided.filter((d) => d.changed).map((d) => d.computer),
      );
      const lostIds = new Set(lost);
      for (const one of decided) if (!lostIds.has(one.computer.id)) done.set(one.computer.id, one);
      return lost;
    });
    const orders = await this.followUp([...done.values()], now);
    const results = [...wishes.keys()].map((id) => done.get(id)?.result ?? unknownComputer(id));
    return { results, orders };
  }

  /** What releasing these computers would bring. Changes nothing. */
  async preview(
    caller: Caller,
    computers: readonly Computer[],
    wish: ReleaseInput,
    now: Date,
  ): Promise<ReleasePreview[]> {
    const again = wish.kind === 'reinstall' ? computers : [];
    const context = await this.contextFor(computers, again, now);
    return computers.map((computer) => {
      // as it is released: what is only looked at gives way
      const free = computer.openOrder?.kind === 'probe' ? { ...computer, openOrder: null } : computer;
      const { result, changed } = decide(free, context, wish, caller, now);
      return { computer, result, isNew: changed };
    });
  }

  private async contextFor(
    computers: readonly Computer[],
    again: readonly Computer[],
    now: Date,
  ): Promise<ReleaseContext & { reinstalls: ReinstallContext }> {
    const context = await this.checks.contextFor(computers);
    const routes = await this.actions.routes(again, 'reinstall', now);
    const defaults = await this.checks.defaultsOf(again, (one) => rolloutDp('reinstall', one));
    return { ...context, reinstalls: { routes, defaults } };
  }

  private async followUp(decisions: readonly Decision[], now: Date): Promise<InstallOrder[]> {
    const released = decisions.filter((d) => d.intent);
    const orders = await this.planner.ordersFor(
      released.map((d) => d.computer),
      now,
    );
    await this.dispatcher.begin(orders);
    // The others have their tickets already; should one be missing, the repair finds out
    const fresh = new Set(released.filter((d) => d.changed).map((d) => d.intent?.id));
    return orders.filter((order) => fresh.has(order.id));
  }
}

/** A computer that is released now, with the trace of its order. */
function traced(decision: Decision, isOneOfMany: boolean): Decision {
  const { computer, intent, changed } = decision;
  const trace = changed && intent ? traceOfNew(intent, computer.id, { isOneOfMany }) : undefined;
  if (!intent || trace === undefined) return decision;
  const openOrder = { ...intent, trace };
  return { ...decision, intent: openOrder, computer: { ...computer, openOrder } };
}

function unknownComputer(id: ComputerId): ReleaseResult {
  return {
    computer: id,
    order: null,
    via: null,
    dp: null,
    code: 'NOT_FOUND',
    message: { key: 'notFound.computer' },
  };
}
