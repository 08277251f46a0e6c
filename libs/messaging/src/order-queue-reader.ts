import type { Channel, ConsumeMessage, GetMessage } from 'amqplib';
import { setTimeout as pause } from 'node:timers/promises';
import { ContractViolation, ticket, type Ticket } from '#contract';
import { timeLeft, traceParentIn, type TraceParent } from '#runtime';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { CallChannels } from './call-channels.js';
import { brokerFault, BrokerUnavailable, queueFault, QueueRefused } from './errors.js';
import { PollChannels } from './poll-channels.js';
import type { Publisher } from './publisher.js';
import { orderQueue, QUEUES } from './topology.js';

/** Queues looked for at once, for polls of DPs that this gateway has not seen yet. */
const LOOKING = 8;
/** A queue that nobody could make is looked for again after this time, in milliseconds. */
const LOOK_AGAIN_MS = 5_000;
/** A poll whose channel was closed by the fault of another goes on with the next channel, this many times. */
const ATTEMPTS = 3;
/** After the first ticket of a long poll, how long more are collected. */
const COLLECT_MS = 10;

/** Tickets in hand, not acked yet. When the channel closes, the broker gives them back by itself. */
export interface TakenTickets {
  tickets: readonly Ticket[];
  /** What the tickets carry of their orders' traces; fewer where servers do not trace. */
  traces: readonly TraceParent[];
  /** They have been exchanged for orders, or are of no use. Never throws. */
  ack(): void;
  /** Somebody else may have them. Never throws. */
  giveBack(): void;
}

const NOTHING: TakenTickets = { tickets: [], traces: [], ack: () => undefined, giveBack: () => undefined };

type Delivery = ConsumeMessage | GetMessage;

/** The channel under a poll was closed; the connection may stand. */
class ChannelClosed extends BrokerUnavailable {}

/** The gateway's side of the DPs' order queues. Thousands of long polls may wait at once (about 15 KB each). */
export class OrderQueueReader {
  private readonly channels: PollChannels;
  private readonly looks: CallChannels;
  /** DPs whose queue was there. */
  private readonly known = new Set<string>();
  private consumers = 0;
  /** The prefetch that was set last. */
  private readonly prefetched = new WeakMap<Channel, number>();

  /** @param makeQueue has the server make the queue of a DP */
  constructor(
    private readonly connection: BrokerConnection,
    private readonly publisher: Publisher,
    private readonly log: ConnectionLog,
    private readonly makeQueue: (dp: string) => Promise<unknown>,
  ) {
    this.channels = new PollChannels(connection, log, () => this.known.clear());
    this.looks = new CallChannels(connection, LOOKING);
  }

  /**
   * Takes tickets from a DP's queue: those that are there, else what comes within `waitMs`.
   *
   * @param max tickets at most
   * @param waitMs 0: do not wait
   * @param signal ends the wait; tickets already in hand are given back and none are answered
   * @throws BrokerUnavailable when the broker is away, or goes away while waiting
   * @throws QueueRefused when the broker does not let it be read; other polls do not feel it
   */
  async take(dp: string, max: number, waitMs: number, signal: AbortSignal): Promise<TakenTickets> {
    const end = performance.now() + waitMs;
    for (let attempt = 1; ; attempt += 1) {
      this.connection.check();
      try {
        return await this.tryToTake(dp, max, timeLeft(end), signal);
      } catch (error) {
        if (!(error instanceof ChannelClosed) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  private async tryToTake(
    dp: string,
    max: number,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<TakenTickets> {
    const end = performance.now() + waitMs;
    while (!(await this.isThere(dp))) {
      const left = Math.min(timeLeft(end), LOOK_AGAIN_MS);
      // nothing lies on a queue that is not there
      if (left <= 0 || signal.aborted) return NOTHING;
      await pause(left, undefined, { signal }).catch(() => undefined);
    }
    const channel = await this.channels.take();
    // A consumer gets what is there as well: who waits need not look before
    const taken =
      waitMs > 0 && !signal.aborted
        ? await this.wait(channel, dp, max, timeLeft(end), signal)
        : await this.takeWaiting(channel, dp, max);
    const batch = await this.read(channel, taken);
    if (signal.aborted) {
      batch.giveBack();
      return NOTHING;
    }
    return batch;
  }

  /**
   * Getting from a queue that does not exist would close the channel under many polls. One that is missing, because the
   * broker was wiped or somebody deleted it, is made by the server: a gateway has no right to.
   */
  private async isThere(dp: string): Promise<boolean> {
    if (this.known.has(dp)) return true;
    if (!(await this.look(dp))) {
      try {
        await this.makeQueue(dp);
      } catch (error) {
        this.log.warn(`${orderQueue(dp)} is missing, and is not made: ${String(error)}`);
        return false;
      }
      if (!(await this.look(dp))) return false;
    }
    this.known.add(dp);
    return true;
  }

  private async look(dp: string): Promise<boolean> {
    const queue = orderQueue(dp);
    try {
      await this.looks.run((channel) =>
        channel.checkQueue(queue).catch((error: unknown) => {
          throw queueFault(queue, error);
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof QueueRefused && error.isMissing) return false;
      throw error;
    }
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
      throw channelClosed(error);
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
      // A tag that a channel knows already would end the connection, with every poll on it
      const tag = `poll-${(this.consumers += 1)}`;
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
            (failed: unknown) => reject(channelClosed(failed)),
          );
        }
      };
      const aborted = (): void => finish();
      const closed = (): void => finish(new ChannelClosed('the channel was closed while waiting'));
      const delivered = (message: ConsumeMessage | null): void => {
        // null: the queue was deleted; the next poll has it made again
        if (!message) {
          this.known.delete(dp);
          finish();
          return;
        }
        taken.push(message);
        if (taken.length >= max) finish();
        else collecting ??= setTimeout(() => finish(), COLLECT_MS);
      };
      signal.addEventListener('abort', aborted);
      channel.on('close', closed);
      // It applies to the consumers that come after it on this channel
      if (this.prefetched.get(channel) !== max) {
        this.prefetched.set(channel, max);
        channel.prefetch(max).catch(() => undefined);
      }
      channel
        .consume(orderQueue(dp), delivered, { noAck: false, consumerTag: tag })
        .catch((error: unknown) => finish(channelClosed(error)));
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
      traces: good.flatMap(({ message }) => traceParentIn(message.properties.headers) ?? []),
      ack: () => settle((message) => channel.ack(message)),
      giveBack: () => settle((message) => channel.nack(message, false, true)),
    };
  }

  private async park(channel: Channel, message: Delivery, reason: string): Promise<void> {
    this.log.warn(`ticket on ${message.fields.routingKey} cannot be read: ${reason}`);
    const headers = { 'x-reason': reason.slice(0, 500), 'x-queue': message.fields.routingKey };
    try {
      await this.publisher.publish({ queue: QUEUES.deadTickets, content: message.content, headers });
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

function channelClosed(error: unknown): Error {
  const fault = brokerFault(error);
  return fault instanceof BrokerUnavailable ? new ChannelClosed(fault.message) : fault;
}
