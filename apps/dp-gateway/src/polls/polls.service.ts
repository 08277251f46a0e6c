import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  RPC,
  TAKEN_FIELDS,
  type ClaimAnswer,
  type ClaimCall,
  type DpStatus,
  type PollAnswer,
  type PollRequest,
  type Ticket,
} from '#contract';
import { DomainError, heldFor, pollAfter } from '#domain';
import { orderQueueAttributes, OrderQueueReader, orderQueueSpan, type TakenTickets } from '#messaging';
import { currentTime, inSpan, timeLeft } from '#runtime';
import { GatewayMetrics, type PollOutcome } from '../http/gateway-metrics.js';
import { Identities } from '../identity/identities.js';
import type { DpIdentity } from '../identity/identity-cache.js';
import { demandAgent } from './agent-demand.js';
import { OpenPolls, type OpenPoll } from './open-polls.js';
import { ServerCalls } from '../server-calls/server-calls.js';

/** Longest pause, in seconds, of a DP whose poll ended because this gateway stops: another gateway takes over. */
const AFTER_STOP = 5;

/** How long a poll that does not wait goes on behind tickets of orders that have ended meanwhile. */
const LOOK_ON_MS = 2_000;

/** What a DP that takes no orders gets of its queue. */
const NO_TICKETS: TakenTickets = { tickets: [], traces: [], ack: () => undefined, giveBack: () => undefined };

const NOTHING: ClaimAnswer = { status: 'enabled', orders: [], cancel: [], lost: [] };

/**
 * Answers polls: takes tickets off the DP's queue, exchanges them for orders at the server, and acks them once the
 * leases are durable there. A poll with nothing to do touches neither the server nor the database.
 */
@Injectable()
export class PollsService implements BeforeApplicationShutdown {
  private readonly log = new Logger(PollsService.name);
  /** DPs of which a poll was held to its end. */
  private readonly held = new Set<string>();

  constructor(
    private readonly identities: Identities,
    private readonly open: OpenPolls,
    private readonly reader: OrderQueueReader,
    private readonly server: ServerCalls,
    private readonly metrics: GatewayMetrics,
  ) {
    identities.whenChanged((dp) => (dp === null ? open.allChanged() : open.changed(dp)));
  }

  beforeApplicationShutdown(): void {
    this.open.stop();
  }

  /**
   * @param connected called with what ends the wait when the DP's connection is gone
   * @throws DomainError DP_DISABLED, AGENT_TOO_OLD; BrokerUnavailable, TryLater when broker or server are away: the tickets are given back
   */
  async answer(
    identity: DpIdentity,
    request: PollRequest,
    connected: (gone: () => void) => void,
  ): Promise<PollAnswer> {
    const started = performance.now();
    const takesOrders = request.max > 0 && !demandAgent(identity, request);
    const poll = this.open.open(identity, request.poll);
    connected(() => poll.stopWaiting('gone'));
    this.metrics.openPolls.inc();
    let outcome: PollOutcome = 'failed';
    try {
      const { status, claimed, update } = await this.work(poll, identity, request, takesOrders, started);
      outcome = poll.over ?? (claimed.orders.length > 0 ? 'orders' : 'nothing');
      return {
        status,
        orders: claimed.orders,
        cancel: claimed.cancel,
        lost: claimed.lost,
        pollAfter: pause(poll, identity, started),
        serverTime: currentTime().toISOString(),
        ...(update !== undefined && { update }),
        ...(identity.checkpoint !== undefined && { checkpoint: identity.checkpoint }),
        // what one says that nobody has enabled is not looked at: it is to say it later
        ...(status === 'enabled' &&
          identity.takes && { takes: TAKEN_FIELDS.filter((field) => identity.takes?.includes(field)) }),
      };
    } finally {
      this.open.close(poll);
      this.metrics.openPolls.dec();
      this.metrics.polled(outcome);
    }
  }

  private async work(
    poll: OpenPoll,
    first: DpIdentity,
    request: PollRequest,
    takesOrders: boolean,
    started: number,
  ): Promise<{ status: DpStatus; claimed: ClaimAnswer } & Pick<DpIdentity, 'update'>> {
    let identity: DpIdentity | null = first;
    const { longPoll } = first.settings;
    const seconds =
      longPoll && takesOrders ? heldFor(request.wait, !this.held.has(poll.caller), Math.random()) : 0;
    const end = started + seconds * 1000;
    let again = request.again === true || request.running.length > 0;
    for (;;) {
      if (identity.status === 'disabled') throw disabled();
      const { update } = identity;
      const left = timeLeft(end);
      if (identity.status === 'pending') {
        if (left <= 0 || poll.over) return { status: 'pending', claimed: NOTHING, update };
        await poll.pause(left);
      } else {
        // What the server knows comes before what may come
        const wait = again ? 0 : left;
        const batch = takesOrders ? await this.take(poll, identity, request.max, wait) : NO_TICKETS;
        if (batch.tickets.length > 0 || again) {
          again = false;
          const claimed = await this.claimInTurn(poll, identity, request, batch);
          if (claimed.status === 'disabled') throw disabled();
          if (hasWork(claimed)) return { status: claimed.status, claimed, update };
          // old tickets are not what the DP has asked for: there may be others behind them
          const areStale = batch.tickets.length > 0 && claimed.stale === batch.tickets.length;
          if (areStale && !poll.over && performance.now() - started < LOOK_ON_MS) continue;
        }
        if (timeLeft(end) === 0 || poll.over) {
          if (longPoll && !poll.over) this.held.add(poll.caller);
          return { status: identity.status, claimed: NOTHING, update };
        }
      }
      // of a pair, the other machine may have been given the ticket that says to stop an order of this one
      again = poll.rearm() && request.running.length > 0;
      identity = await this.identities.current(identity);
      if (!identity) throw new DomainError('UNAUTHENTICATED', 'gateway.dpGone');
      // another version of its agent is wanted: told at once, not at the end of the wait
      if (!isDeepStrictEqual(identity.update, update))
        return { status: identity.status, claimed: NOTHING, update: identity.update };
    }
  }

  /** An idle machine of a pair takes nothing off the queue that the other one can do. */
  private async take(
    poll: OpenPoll,
    { dp, isIdle = false }: DpIdentity,
    max: number,
    wait: number,
  ): Promise<TakenTickets> {
    if (!isIdle) return this.reader.take(dp, max, wait, poll.signal);
    if (wait > 0) await poll.pause(wait);
    return NO_TICKETS;
  }

  /**
   * One claim of a DP after the other: a poll that is repeated while its first claim is under way must find what that one
   * is granted. What is granted to a poll that another one has replaced reaches nobody.
   */
  private async claimInTurn(
    poll: OpenPoll,
    identity: DpIdentity,
    request: PollRequest,
    batch: TakenTickets,
  ): Promise<ClaimAnswer> {
    const claiming = poll.before.then(() => {
      if (!poll.isReplaced) return this.claimTraced(poll, identity, request, batch);
      batch.giveBack();
      return NOTHING;
    });
    poll.claims(claiming);
    const answer = await claiming;
    if (poll.isReplaced && answer.orders.length > 0) await this.returnLeases(poll.dp, answer);
    return answer;
  }

  /** Should it fail, the leases lapse by themselves. */
  private async returnLeases(dp: string, { orders }: ClaimAnswer): Promise<void> {
    const leases = orders.map(({ order: { order, fence } }) => ({ order, fence }));
    try {
      await this.server.call(RPC.returnLeases, { dp, leases });
      this.log.log({ dp, orders: leases.length }, 'orders of a replaced poll given back');
    } catch (error) {
      this.log.warn(
        { dp, orders: leases.length },
        `orders of a replaced poll are not given back: ${String(error)}`,
      );
    }
  }

  /** A claim belongs to its ticket's trace; one for several tickets is linked to theirs. The wait for them is no part of it. */
  private claimTraced(
    poll: OpenPoll,
    identity: DpIdentity,
    request: PollRequest,
    batch: TakenTickets,
  ): Promise<ClaimAnswer> {
    const claim = (): Promise<ClaimAnswer> => this.claim(poll, identity, request, batch);
    const [from, ...others] = batch.traces;
    if (from === undefined) return claim();
    const count = batch.tickets.length;
    return inSpan(
      orderQueueSpan('process'),
      () => ({
        kind: 'consumer',
        from,
        isRoot: count > 1,
        links: others,
        attributes: {
          ...orderQueueAttributes('process', identity.dp, { ...(count > 1 && { count }) }),
          'relaypoint.poll': request.poll,
        },
      }),
      claim,
    );
  }

  private async claim(
    poll: OpenPoll,
    { dp, machine }: DpIdentity,
    request: PollRequest,
    batch: TakenTickets,
  ): Promise<ClaimAnswer> {
    try {
      const call: ClaimCall = {
        dp,
        ...(machine !== undefined && { machine }),
        poll: request.poll,
        again: request.again === true,
        max: request.max,
        tickets: batch.tickets.map(({ order, ticket, kind }: Ticket) => ({ order, ticket, kind })),
        running: request.running,
      };
      const answer = await this.server.call(RPC.claim, call, () => !poll.isAbandoned);
      batch.ack();
      for (const { order } of answer.orders) {
        const { order: id, fence, correlation } = order;
        const computer = order.computer.hostName ?? order.computer.name;
        this.log.log(
          { order: id, computer, dp, fence, poll: request.poll, correlation },
          'order handed over',
        );
      }
      return answer;
    } catch (error) {
      // Should the leases exist all the same, the DP's repeated poll finds them, and the tickets turn out useless
      batch.giveBack();
      throw error;
    }
  }
}

/** Seconds until the DP's next poll, counted from now. */
function pause(poll: OpenPoll, { settings }: DpIdentity, started: number): number {
  const chance = Math.random();
  if (poll.over === 'stopping') return Math.ceil((1 - chance) * AFTER_STOP);
  const waited = Math.floor((performance.now() - started) / 1000);
  return Math.max(1, pollAfter(settings, chance) - waited);
}

function hasWork({ orders, cancel, lost }: ClaimAnswer): boolean {
  return orders.length + cancel.length + lost.length > 0;
}

function disabled(): DomainError {
  return new DomainError('DP_DISABLED', 'gateway.dpDisabled');
}
