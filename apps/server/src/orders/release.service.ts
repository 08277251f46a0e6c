import { Injectable } from '@nestjs/common';
import {
  DomainError,
  installingDp,
  installs,
  release,
  SERVER_DP,
  serves,
  telling,
  type Computer,
  type ComputerId,
  type DistributionPoint,
  type DomainErrorCode,
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
import { LostRace } from './lost-race.js';
import { computerEvent } from './order-events.js';
import { OrderPlanner } from './order-planner.js';
import { placeOf, ReleaseChecks, type ReleaseContext } from './release-checks.js';

const TRIES = 5;

export interface ReleaseWish {
  /** Null: the default one of the computer's DP or tenant. */
  release: ReleaseVersion | null;
  notBefore: Date | null;
  note: string | null;
  /** The final order this one retries. */
  retryOf: OrderId | null;
}

/** What became of one computer of a release. */
export interface ReleaseResult {
  computer: ComputerId;
  order: OrderId | null;
  /** Null: there is no such computer. */
  via: 'dp' | 'server-dp' | null;
  dp: DpId | null;
  code?: DomainErrorCode;
  message: string;
}

interface Decision {
  computer: Computer;
  result: ReleaseResult;
  /** The open order; absent when refused. */
  intent?: OpenOrder;
  changed: boolean;
  /** What its timeline gets. */
  event?: TimelineEvent;
}

/**
 * Releasing [Freigeben] (R4): the computer gets the whole intent by a guarded write, the order is made from it, and the
 * dispatcher puts its ticket on the DP's queue. A crash in between is healed by the repair, from the intent.
 */
@Injectable()
export class ReleaseService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly checks: ReleaseChecks,
    private readonly planner: OrderPlanner,
    private readonly timeline: TimelineRepository,
  ) {}

  /** Releases computers the caller may see; one that is refused does not stop the others. */
  async release(
    caller: Caller,
    ids: readonly ComputerId[],
    wish: ReleaseWish,
    now: Date,
  ): Promise<{ results: ReleaseResult[]; orders: InstallOrder[] }> {
    const { results, orders } = await this.releaseEach(caller, new Map(ids.map((id) => [id, wish])), now);
    const byComputer = new Map(results.map((result) => [result.computer, result]));
    return { results: ids.map((id) => byComputer.get(id) ?? unknownComputer(id)), orders };
  }

  /** As {@link release}, each computer with a wish of its own. */
  async releaseEach(
    caller: Caller,
    wishes: ReadonlyMap<ComputerId, ReleaseWish>,
    now: Date,
  ): Promise<{ results: ReleaseResult[]; orders: InstallOrder[] }> {
    const done = new Map<ComputerId, Decision>();
    let open: readonly ComputerId[] = [...wishes.keys()];
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt === TRIES) throw new LostRace(`computers ${open.slice(0, 3).join(', ')}`);
      const found = await this.computers.findByIds(caller.tenants, open);
      const context = await this.checks.contextFor(found);
      const decided = found.flatMap((computer) => {
        const wish = wishes.get(computer.id);
        return wish ? [decide(computer, context, wish, caller, now)] : [];
      });
      const { lost } = await this.computers.replaceMany(
        decided.filter((d) => d.changed).map((d) => d.computer),
      );
      const lostIds = new Set(lost);
      for (const one of decided) if (!lostIds.has(one.computer.id)) done.set(one.computer.id, one);
      open = lost;
    }
    const orders = await this.followUp([...done.values()], now);
    const results = [...wishes.keys()].map((id) => done.get(id)?.result ?? unknownComputer(id));
    return { results, orders };
  }

  private async followUp(decisions: readonly Decision[], now: Date): Promise<InstallOrder[]> {
    const released = decisions.filter((d) => d.intent);
    const orders = await this.planner.ordersFor(
      released.map((d) => d.computer),
      now,
    );
    await this.orders.insertMany(orders);
    await this.timeline.append(released.flatMap(({ event }) => event ?? []));
    // The others have their tickets already; should one be missing, the repair finds out
    const fresh = new Set(released.filter((d) => d.changed).map((d) => d.intent?.id));
    return orders.filter((order) => fresh.has(order.id));
  }
}

function decide(
  computer: Computer,
  context: ReleaseContext,
  wish: ReleaseWish,
  caller: Caller,
  now: Date,
): Decision {
  const dpId = installingDp(computer, SERVER_DP);
  const via = computer.dp.fixed ? 'dp' : 'server-dp';
  const base = { computer: computer.id, via, dp: dpId } as const;
  if (computer.openOrder && installs(computer.openOrder.kind)) {
    const { id, dp } = computer.openOrder;
    const message = `${computer.name} is released already; its order ${id} is on its way.`;
    return {
      computer,
      intent: computer.openOrder,
      changed: false,
      result: { ...base, dp, order: id, message },
    };
  }
  const found = wish.release ?? context.defaults.get(placeOf(computer));
  const intent: OpenOrder = {
    id: newId() as OrderId,
    kind: 'install-client',
    dp: dpId,
    release: typeof found === 'string' ? found : null,
    notBefore: wish.notBefore ?? now,
    by: caller.name,
    note: wish.note,
    retryOf: wish.retryOf,
    at: now,
  };
  try {
    const outcome = release(computer, intent, now);
    demandReady(computer, context.dps.get(dpId), context.withAccount.has(placeOf(computer)));
    if (found instanceof DomainError) throw found;
    const result = { ...base, order: intent.id, message: releasedMessage(computer, dpId, via) };
    if (!outcome.changed) return { computer, intent, changed: false, result };
    const event = releasedEvent(computer, intent, via);
    return { computer: telling(outcome.computer, [event]), intent, changed: true, result, event };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, detail } = error;
    return { computer, changed: false, result: { ...base, order: null, code, message: detail } };
  }
}

function releasedEvent(computer: Computer, intent: OpenOrder, via: ReleaseResult['via']): TimelineEvent {
  const { id, dp, by, note, release: version } = intent;
  return computerEvent(computer, {
    id: `released:${id}`,
    at: intent.at,
    source: 'admin',
    kind: 'released',
    order: id,
    dp,
    from: null,
    to: 'releasing',
    data: { by, note, via, release: version },
  });
}

/** @throws DomainError DP_NOT_ENABLED (R7), NO_ACCOUNT (R6) */
function demandReady(computer: Computer, dp: DistributionPoint | undefined, hasAccount: boolean): void {
  const id = installingDp(computer, SERVER_DP);
  if (!dp || !serves(dp, computer.tenant) || dp.state !== 'enabled') {
    const which =
      id === SERVER_DP ? 'The server DP, which does direct installs,' : `Distribution point ${id}`;
    throw new DomainError(
      'DP_NOT_ENABLED',
      `${which} is not enabled, so ${computer.name} cannot be installed yet.`,
    );
  }
  if (!hasAccount) {
    throw new DomainError(
      'NO_ACCOUNT',
      `No account is stored for distribution point ${id}, neither centrally nor on it; enter one first.`,
    );
  }
}

function releasedMessage(computer: Computer, dp: DpId, via: ReleaseResult['via']): string {
  return via === 'dp'
    ? `An install order for ${computer.name} is put on the queue of distribution point ${dp}, which fetches it at its next poll.`
    : `${computer.name} has no distribution point; it is installed directly, by the server DP.`;
}

function unknownComputer(id: ComputerId): ReleaseResult {
  return {
    computer: id,
    order: null,
    via: null,
    dp: null,
    code: 'NOT_FOUND',
    message: 'There is no such computer.',
  };
}
