import { Injectable } from '@nestjs/common';
import {
  canInstallOn,
  platformOf,
  type Caller,
  type Computer,
  type ComputerId,
  type DistributionPoint,
  DomainError,
  type DomainErrorCode,
  type DpId,
  type HoldCode,
  installingDp,
  type InstallOrder,
  installs,
  type OpenOrder,
  type OrderId,
  release,
  type ReleaseVersion,
  SERVER_DP,
  serves,
} from '#domain';
import { ComputerRepository, retryLost } from '#persistence';
import { newId } from '#runtime';
import type { MessageDescriptor } from '#texts';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { OrderPlanner } from '../orders/order-planner.js';
import {
  noAccount,
  noMethodMessage,
  notSealedMessage,
  scopeKey,
  ReleaseChecks,
  type ReleaseContext,
} from './release-checks.js';

export interface ReleaseInput {
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
  /** Why its order cannot go out yet. */
  heldBack?: HoldCode;
  code?: DomainErrorCode;
  message: MessageDescriptor;
}

interface Decision {
  computer: Computer;
  result: ReleaseResult;
  /** The open order; absent when refused. */
  intent?: OpenOrder;
  changed: boolean;
}

/**
 * Releasing [Freigeben] (R4): the computer gets the whole intent by a guarded write, the order is made from it, and the
 * dispatcher puts its ticket on the DP's queue. A crash in between is healed by the repair, from the intent.
 */
@Injectable()
export class ReleaseService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly dispatcher: Dispatcher,
    private readonly checks: ReleaseChecks,
    private readonly planner: OrderPlanner,
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
      return lost;
    });
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
    await this.dispatcher.begin(orders);
    // The others have their tickets already; should one be missing, the repair finds out
    const fresh = new Set(released.filter((d) => d.changed).map((d) => d.intent?.id));
    return orders.filter((order) => fresh.has(order.id));
  }
}

function decide(
  computer: Computer,
  context: ReleaseContext,
  wish: ReleaseInput,
  caller: Caller,
  now: Date,
): Decision {
  const dpId = installingDp(computer, SERVER_DP);
  const via = computer.dp.fixed ? 'dp' : 'server-dp';
  const base = { computer: computer.id, via, dp: dpId } as const;
  if (computer.openOrder && installs(computer.openOrder.kind)) {
    const { id, dp } = computer.openOrder;
    const message = { key: 'order.alreadyReleased', params: { name: computer.name, order: id } } as const;
    return {
      computer,
      intent: computer.openOrder,
      changed: false,
      result: { ...base, dp, order: id, message },
    };
  }
  const found = wish.release ?? context.defaults.get(scopeKey(computer));
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
    const account = context.accounts.get(scopeKey(computer));
    demandReady(computer, context.dps.get(dpId), account !== undefined);
    if (found instanceof DomainError) throw found;
    const platform = platformOf(computer.inventory.os);
    const dp = context.dps.get(dpId);
    const result: ReleaseResult =
      dp && !canInstallOn(dp, platform)
        ? {
            ...base,
            order: intent.id,
            heldBack: 'DP_PLATFORM',
            message: noMethodMessage(computer, dpId),
          }
        : account === 'not-sealed'
          ? {
              ...base,
              order: intent.id,
              heldBack: 'ACCOUNT_NOT_SEALED',
              message: notSealedMessage(computer, dpId),
            }
          : { ...base, order: intent.id, message: releasedMessage(computer, dpId, via) };
    if (!outcome.changed) return { computer, intent, changed: false, result };
    return { computer: outcome.computer, intent, changed: true, result };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, descriptor: message } = error;
    return { computer, changed: false, result: { ...base, order: null, code, message } };
  }
}

/** @throws DomainError DP_NOT_ENABLED (R7), NO_ACCOUNT (R6) */
function demandReady(computer: Computer, dp: DistributionPoint | undefined, hasAccount: boolean): void {
  const id = installingDp(computer, SERVER_DP);
  if (!dp || !serves(dp, computer.tenant) || dp.state !== 'enabled') {
    const { name } = computer;
    throw id === SERVER_DP
      ? new DomainError('DP_NOT_ENABLED', 'serverDp.notEnabledToInstall', { name })
      : new DomainError('DP_NOT_ENABLED', 'dp.notEnabledToInstall', { dp: id, name });
  }
  if (!hasAccount) throw noAccount(id);
}

function releasedMessage({ name }: Computer, dp: DpId, via: ReleaseResult['via']): MessageDescriptor {
  return via === 'dp'
    ? { key: 'order.installQueued', params: { name, dp } }
    : { key: 'order.installDirect', params: { name } };
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
