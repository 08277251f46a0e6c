import type { Channel } from 'amqplib';
import type { Ticket } from '#contract';
import type { BrokerConnection } from './broker-connection.js';
import { BrokerUnavailable } from './errors.js';
import type { Publisher } from './publisher.js';
import { assertQueues, orderQueue, orderQueueDefinition, type QueueType } from './topology.js';

/** How many tickets lie on a DP's queue. */
export interface QueueCounts {
  /** Waiting to be taken. */
  ready: number;
  /** Taken and not acked; null: only the management API knows, and it is not configured or away. */
  unacked: number | null;
}

export interface ManagementAccess {
  /** Base URL with user and password. */
  url: string;
  vhost: string;
}

const MANAGEMENT_MS = 2_000;

/** The server's side of the DPs' order queues: declaring them and putting tickets on them. */
export class OrderQueues {
  private channel: Channel | undefined;
  /** Declaring and counting use one channel in turn; an error closes it, and it is opened again. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly connection: BrokerConnection,
    private readonly publisher: Publisher,
    private readonly type: QueueType,
    private readonly management: ManagementAccess | null = null,
  ) {
    connection.onDisconnect(() => {
      this.channel = undefined;
    });
    connection.keepChannel('order-queues', false, (channel) => {
      this.channel = channel;
      return Promise.resolve();
    });
  }

  /** @throws TopologyMismatch, BrokerUnavailable */
  declare(dp: string): Promise<void> {
    return this.inTurn((channel) => assertQueues(channel, [orderQueueDefinition(dp, this.type)]));
  }

  /** Removes a DP's queue with all tickets; one that does not exist is fine. */
  async remove(dp: string): Promise<void> {
    await this.inTurn((channel) => channel.deleteQueue(orderQueue(dp)));
  }

  /**
   * Puts a ticket on its DP's queue, confirmed.
   *
   * @throws Unroutable when the queue does not exist, BrokerUnavailable
   */
  putTicket(dp: string, ticket: Ticket): Promise<void> {
    return this.publisher.publish({
      key: orderQueue(dp),
      content: Buffer.from(JSON.stringify(ticket)),
      messageId: `${ticket.order}.${ticket.ticket}`,
      correlationId: ticket.correlation,
    });
  }

  /** Declares the queue where it is missing, and counts. @throws BrokerUnavailable */
  async counts(dp: string): Promise<QueueCounts> {
    const { name, options } = orderQueueDefinition(dp, this.type);
    const { messageCount } = await this.inTurn((channel) => channel.assertQueue(name, options));
    return { ready: messageCount, unacked: await this.unacked(name) };
  }

  private async inTurn<T>(work: (channel: Channel) => Promise<T>): Promise<T> {
    const mine = this.turn.then(async () => {
      this.connection.assertUsable();
      if (!this.channel) throw new BrokerUnavailable('the channel to the broker is not open');
      return await work(this.channel);
    });
    this.turn = mine.catch(() => undefined);
    return await mine;
  }

  private async unacked(queue: string): Promise<number | null> {
    if (!this.management) return null;
    const url = new URL(
      `/api/queues/${encodeURIComponent(this.management.vhost)}/${encodeURIComponent(queue)}`,
      this.management.url,
    );
    const { username, password } = url;
    url.username = '';
    url.password = '';
    try {
      const response = await fetch(url, {
        headers: {
          authorization: `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`,
        },
        signal: AbortSignal.timeout(MANAGEMENT_MS),
      });
      const body = (await response.json()) as { messages_unacknowledged?: unknown };
      return typeof body.messages_unacknowledged === 'number' ? body.messages_unacknowledged : null;
    } catch {
      return null;
    }
  }
}
