import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  RPC,
  type ClaimAnswer,
  type ClaimCall,
  type DpStatus,
  type PollAnswer,
  type PollRequest,
  type Ticket,
} from '#contract';
import { DomainError, heldFor, pollAfter } from '#domain';
import { OrderQueueReader, type TakenTickets } from '#messaging';
import { currentTime } from '#runtime';
import { Identities } from '../identity/identities.js';
import type { DpIdentity } from '../identity/identity-cache.js';
import { OpenPolls, type OpenPoll } from './open-polls.js';
import { ServerCalls } from '../server-calls/server-calls.js';

/** Longest pause, in seconds, of a DP whose poll ended because this gateway stops: another gateway takes over. */
const AFTER_STOP = 5;

/** How long a poll that does not wait goes on behind tickets of orders that have ended meanwhile. */
const LOOK_ON_MS = 2_000;

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
  ) {
    identities.whenChanged((dp) => (dp === null ? open.allChanged() : open.changed(dp)));
  }

  beforeApplicationShutdown(): void {
    this.open.stop();
  }

  /**
   * @param connected called with what ends the wait when the DP's connection is gone
   * @throws DomainError DP_DISABLED; BrokerUnavailable, TryLater when broker or server are away: the tickets are given back
   */
  async answer(
    identity: DpIdentity,
    request: PollRequest,
    connected: (gone: () => void) => void,
  ): Promise<PollAnswer> {
    const started = performance.now();
    const poll = this.open.open(identity.dp, request.poll);
    connected(() => poll.stopWaiting('gone'));
    try {
      const { status, claimed } = await this.work(poll, identity, request, started);
      return {
        status,
        orders: claimed.orders,
        cancel: claimed.cancel,
        lost: claimed.lost,
        pollAfter: pause(poll, identity, started),
        serverTime: currentTime().toISOString(),
      };
    } finally {
      this.open.close(poll);
    }
  }

  private async work(
    poll: OpenPoll,
    first: DpIdentity,
    request: PollRequest,
    started: number,
  ): Promise<{ status: DpStatus; claimed: ClaimAnswer }> {
    let identity: DpIdentity | null = first;
    const { longPoll } = first.settings;
    const seconds = longPoll ? heldFor(request.wait, !this.held.has(first.dp), Math.random()) : 0;
    const end = started + seconds * 1000;
    let again = request.again === true || request.running.length > 0;
    for (;;) {
      if (identity.status === 'disabled') throw disabled();
      const left = end - performance.now();
      if (identity.status === 'pending') {
        if (left <= 0 || poll.over) return { status: 'pending', claimed: NOTHING };
        await poll.pause(left);
      } else {
        // What the server knows comes before what may come
        const wait = again ? 0 : left;
        const batch = await this.reader.take(identity.dp, request.max, wait, poll.signal);
        if (batch.tickets.length > 0 || again) {
          again = false;
          const claimed = await this.claimInTurn(poll, request, batch);
          if (claimed.status === 'disabled') throw disabled();
          if (hasWork(claimed)) return { status: claimed.status, claimed };
          // old tickets are not what the DP has asked for: there may be others behind them
          const areStale = batch.tickets.length > 0 && claimed.stale === batch.tickets.length;
          if (areStale && !poll.over && performance.now() - started < LOOK_ON_MS) continue;
        }
        if (end - performance.now() <= 0 || poll.over) {
          if (longPoll && !poll.over) this.held.add(first.dp);
          return { status: identity.status, claimed: NOTHING };
        }
      }
      poll.rearm();
      identity = await this.identities.get(first.dp);
      if (!identity) throw new DomainError('UNAUTHENTICATED', 'gateway.dpGone');
    }
  }

  /**
   * One claim of a DP after the other: a poll that is repeated while its first claim is under way must find what that one
   * is granted. What is granted to a poll that another one has replaced reaches nobody.
   */
  private async claimInTurn(poll: OpenPoll, request: PollRequest, batch: TakenTickets): Promise<ClaimAnswer> {
    const claiming = poll.before.then(() => {
      if (!poll.isReplaced) return this.claim(poll, request, batch);
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

  private async claim(poll: OpenPoll, request: PollRequest, batch: TakenTickets): Promise<ClaimAnswer> {
    const { dp } = poll;
    try {
      const call: ClaimCall = {
        dp,
        poll: request.poll,
        again: request.again === true,
        max: request.max,
        tickets: batch.tickets.map(({ order, ticket, kind }: Ticket) => ({ order, ticket, kind })),
        running: request.running,
      };
      const answer = await this.server.call(RPC.claim, call, () => !poll.isAbandoned);
      batch.ack();
      for (const { order } of answer.orders) {
        this.log.debug({ order: order.order, dp, fence: order.fence, poll: request.poll }, 'order passed on');
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
