import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import {
  RPC,
  type ClaimAnswer,
  type DpStatus,
  type PollAnswer,
  type PollRequest,
  type Ticket,
} from '#contract';
import { DomainError, pollAfter } from '#domain';
import { OrderQueueReader, QUEUES, RpcClient, type TakenTickets } from '#messaging';
import { Identities } from '../identity/identities.js';
import type { DpIdentity } from '../identity/identity-cache.js';
import { OpenPolls, type OpenPoll } from './open-polls.js';

/** Longest pause, in seconds, of a DP whose poll ended because this gateway stops: another gateway takes over. */
const AFTER_STOP = 5;

const NOTHING: ClaimAnswer = { status: 'enabled', orders: [], cancel: [], lost: [] };

/**
 * Answers polls: takes tickets off the DP's queue, exchanges them for orders at the server, and acks them once the
 * leases are durable there. A poll with nothing to do touches neither the server nor the database.
 */
@Injectable()
export class Polls implements BeforeApplicationShutdown {
  private readonly log = new Logger(Polls.name);

  constructor(
    private readonly identities: Identities,
    private readonly open: OpenPolls,
    private readonly reader: OrderQueueReader,
    private readonly rpc: RpcClient,
  ) {}

  beforeApplicationShutdown(): void {
    this.open.stop();
  }

  /**
   * @param connected called with what ends the wait when the DP's connection is gone
   * @throws DomainError DP_DISABLED; BrokerUnavailable when broker or server are away: the tickets are given back
   */
  async answer(
    identity: DpIdentity,
    request: PollRequest,
    connected: (gone: () => void) => void,
  ): Promise<PollAnswer> {
    const started = performance.now();
    const poll = this.open.open(identity.dp);
    connected(() => poll.stopWaiting('gone'));
    try {
      const { status, claimed } = await this.work(poll, identity, request, started);
      return {
        status,
        orders: claimed.orders,
        cancel: claimed.cancel,
        lost: claimed.lost,
        pollAfter: pause(poll, identity, started),
        serverTime: new Date().toISOString(),
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
    const end = started + (first.settings.longPoll ? request.wait * 1000 : 0);
    let again = request.again === true || request.running.length > 0;
    for (let turn = 0; ; turn += 1) {
      if (identity.status === 'disabled') throw disabled();
      const left = end - performance.now();
      if (identity.status === 'pending') {
        if (left <= 0 || poll.over) return { status: 'pending', claimed: NOTHING };
        await poll.pause(left);
      } else {
        // The first look never waits: what the server knows comes before what may come
        const wait = turn === 0 ? 0 : left;
        const batch = await this.reader.take(identity.dp, request.max, wait, poll.signal);
        if (batch.tickets.length > 0 || again) {
          again = false;
          const claimed = await this.claim(identity.dp, request, batch);
          if (claimed.status === 'disabled') throw disabled();
          if (hasWork(claimed)) return { status: claimed.status, claimed };
        }
        if (end - performance.now() <= 0 || poll.over) return { status: identity.status, claimed: NOTHING };
      }
      poll.lookAgain();
      identity = await this.identities.get(first.dp);
      if (!identity)
        throw new DomainError('UNAUTHENTICATED', 'The distribution point does not exist any more.');
    }
  }

  private async claim(dp: string, request: PollRequest, batch: TakenTickets): Promise<ClaimAnswer> {
    try {
      const answer = await this.rpc.call<ClaimAnswer>(QUEUES.rpc, RPC.claim, {
        dp,
        poll: request.poll,
        again: request.again === true,
        max: request.max,
        tickets: batch.tickets.map(({ order, ticket, kind }: Ticket) => ({ order, ticket, kind })),
        running: request.running,
      });
      batch.ack();
      for (const { order } of answer.orders) {
        this.log.log({ order: order.order, dp, fence: order.fence, poll: request.poll }, 'order handed out');
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
  return new DomainError('DP_DISABLED', 'An administrator has disabled this distribution point.');
}
