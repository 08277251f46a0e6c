import type { Channel, ConsumeMessage, GetMessage } from 'amqplib';
import { ContractViolation, ticket, type Ticket } from '#contract';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { BrokerUnavailable } from './errors.js';
import type { Publisher } from './publisher.js';
import {
  assertQueues,
  deadTicketsDefinition,
  orderQueue,
  orderQueueDefinition,
  QUEUES,
  type QueueType,
} from './topology.js';

/** Channels that polls share. One that fails takes only its own polls with it. */
const CHANNELS = 16;
/** After the first ticket of a long poll, how long more are collected. */
const COLLECT_MS = 10;

/** Tickets in hand, not acked yet. When the channel closes, the broker gives them back by itself. */
export interface TakenTickets {
  tickets: readonly Ticket[];
  /** They have been exchanged for orders, or are of no use. Never throws. */
  ack(): void;
  /** Somebody else may have them. Never throws. */
  giveBack(): void;
}

type Delivery = ConsumeMessage | GetMessage;

/** The gateway's side of the DPs' order queues. Thousands of long polls may wait at once (about 15 KB each). */
export class OrderQueueReader {
  private readonly pool: (Channel | undefined)[] = Array.from({ length: CHANNELS });
  private readonly declared = new Set<string>();
  private next = 0;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly publisher: Publisher,
    private readonly type: QueueType,
    private readonly log: ConnectionLog,
  ) {
    connection.onDisconnect(() => {
      this.pool.fill(undefined);
      this.declared.clear();
    });
    connection.keepChannel('order-queue-reader', false, async (channel) => {
      await assertQueues(channel, [deadTicketsDefinition(this.type)]);
    });
  }

  /**
   * Takes tickets from a DP's queue: those that are there, else what comes within `waitMs`.
   *
   * @param max tickets at most
   * @param waitMs 0: do not wait
   * @param signal ends the wait; tickets already in hand are given back and none are answered
   * @throws BrokerUnavailable when the broker is away, or goes away while waiting
   */
  async take(dp: string, max: number, waitMs: number, signal: AbortSignal): Promise<TakenTickets> {
    this.connection.assertUsable();
    const channel = await this.channelFor(dp);
    const there = await this.takeWaiting(channel, dp, max);
    const taken =
      there.length > 0 || waitMs <= 0 || signal.aborted
        ? there
        : await this.wait(channel, dp, max, waitMs, signal);
    const batch = await this.read(channel, taken);
    if (signal.aborted) {
      batch.giveBack();
      return { tickets: [], ack: () => undefined, giveBack: () => undefined };
    }
    return batch;
  }

  private async channelFor(dp: string): Promise<Channel> {
    const index = (this.next = (this.next + 1) % CHANNELS);
    const channel = this.pool[index] ?? (await this.open(index));
    if (!this.declared.has(dp)) {
      // Getting from a queue that does not exist would close the channel under all its polls
      await assertQueues(channel, [orderQueueDefinition(dp, this.type)]);
      this.declared.add(dp);
    }
    return channel;
  }

  private async open(index: number): Promise<Channel> {
    const channel = await this.connection.openChannel();
    const forget = (): void => {
      if (this.pool[index] === channel) this.pool[index] = undefined;
      this.declared.clear();
    };
    channel.on('error', (error: Error) => this.log.warn(`order queue channel: ${error.message}`));
    channel.on('close', forget);
    const existing = this.pool[index];
    if (existing) {
      // Two polls opened the same place at once
      channel.close().catch(() => undefined);
      return existing;
    }
    this.pool[index] = channel;
    return channel;
  }

  private async takeWaiting(channel: Channel, dp: string, max: number): Promise<Delivery[]> {
    const taken: Delivery[] = [];
    try {
      while (taken.length < max) {
        const message = await channel.get(orderQueue(dp), { noAck: false });
        if (!message) break;
        taken.push(message);
      }
    } catch (error) {
      throw unavailable(error);
    }
    return taken;
  }

  private wait(
    channel: Channel,
    dp: string,
    max: number,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Delivery[]> {
    return new Promise((resolve, reject) => {
      const taken: Delivery[] = [];
      const tag = `poll-${(this.next += 1)}-${Date.now().toString(36)}`;
      let collecting: NodeJS.Timeout | undefined;
      let over = false;
      const timer = setTimeout(() => finish(), waitMs);
      const finish = (error?: Error): void => {
        if (over) return;
        over = true;
        clearTimeout(timer);
        clearTimeout(collecting);
        signal.removeEventListener('abort', aborted);
        channel.removeListener('close', closed);
        if (error) reject(error);
        else {
          // After the cancel nothing more is delivered to this consumer; what came until then is in `taken`
          channel.cancel(tag).then(
            () => resolve(taken),
            (failed: unknown) => reject(unavailable(failed)),
          );
        }
      };
      const aborted = (): void => finish();
      const closed = (): void => finish(new BrokerUnavailable('the channel was closed while waiting'));
      const delivered = (message: ConsumeMessage | null): void => {
        // null: the queue was deleted; the next poll declares it again
        if (!message) {
          this.declared.delete(dp);
          finish();
          return;
        }
        taken.push(message);
        if (taken.length >= max) finish();
        else collecting ??= setTimeout(() => finish(), COLLECT_MS);
      };
      signal.addEventListener('abort', aborted);
      channel.on('close', closed);
      channel.setMaxListeners(0);
      // Sent in this order without a pause, the prefetch applies to this consumer alone
      channel.prefetch(max).catch(() => undefined);
      channel
        .consume(orderQueue(dp), delivered, { noAck: false, consumerTag: tag })
        .catch((error: unknown) => finish(unavailable(error)));
    });
  }

  /** Parses what was taken. A ticket that cannot be read is parked, so that it never blocks the queue. */
  private async read(channel: Channel, taken: readonly Delivery[]): Promise<TakenTickets> {
    const good: { message: Delivery; ticket: Ticket }[] = [];
    for (const message of taken) {
      try {
        good.push({ message, ticket: ticket.parse(JSON.parse(message.content.toString())) });
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof ContractViolation)) throw error;
        await this.park(channel, message, error.message);
      }
    }
    const settle = (how: (message: Delivery) => void): void => {
      try {
        for (const { message } of good) how(message);
      } catch {
        // The channel has closed: the broker has given them back
      }
    };
    return {
      tickets: good.map((g) => g.ticket),
      ack: () => settle((message) => channel.ack(message)),
      giveBack: () => settle((message) => channel.nack(message, false, true)),
    };
  }

  private async park(channel: Channel, message: Delivery, reason: string): Promise<void> {
    this.log.warn(`ticket on ${message.fields.routingKey} cannot be read: ${reason}`);
    const headers = { 'x-reason': reason.slice(0, 500), 'x-queue': message.fields.routingKey };
    try {
      await this.publisher.publish({ key: QUEUES.deadTickets, content: message.content, headers });
      channel.ack(message);
    } catch {
      try {
        channel.nack(message, false, true);
      } catch {
        // The channel has closed: the broker has given it back
      }
    }
  }
}

function unavailable(error: unknown): BrokerUnavailable {
  return new BrokerUnavailable(error instanceof Error ? error.message : String(error));
}
