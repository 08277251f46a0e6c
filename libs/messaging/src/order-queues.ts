import type { Ticket } from '#contract';
import { inSpan, type TraceParent } from '#runtime';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { askForQueues, type ManagementAccess } from './management.js';
import { orderQueueAttributes, orderQueueSpan, traceHeaders } from './message-spans.js';
import type { Publisher } from './publisher.js';
import { QueueDeclarer } from './queue-declarer.js';
import { deadTicketsDefinition, orderQueue, orderQueueDefinition, type QueueType } from './topology.js';

/** How many tickets lie on a DP's queue. */
export interface QueueCounts {
  /** Waiting to be taken. */
  ready: number;
  /** Taken and not acked; null: only the management API knows, and it is not configured or away. */
  unacked: number | null;
}

/** Queues declared or counted at once. */
const CALLS = 4;

/** The server's side of the DPs' order queues: declaring them and putting tickets on them. */
export class OrderQueues {
  private readonly declarer: QueueDeclarer;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly publisher: Publisher,
    private readonly type: QueueType,
    log: ConnectionLog,
    private readonly management: ManagementAccess | null = null,
  ) {
    this.declarer = new QueueDeclarer(connection, CALLS, log);
    connection.keepChannel('order-queues', false, async () => {
      await this.declarer.declare(deadTicketsDefinition(type));
    });
  }

  /** Whether tickets can be put on queues at all right now. */
  get isUsable(): boolean {
    return this.connection.trouble === undefined;
  }

  /** @throws TopologyMismatch, QueueRefused, BrokerUnavailable */
  async declare(dp: string): Promise<void> {
    await this.ready(dp);
  }

  /** Removes a DP's queue with all tickets; one that does not exist is fine. @throws QueueRefused, BrokerUnavailable */
  remove(dp: string): Promise<void> {
    return this.declarer.remove(orderQueue(dp));
  }

  /**
   * Puts a ticket on its DP's queue, confirmed.
   *
   * @param trace that its order belongs to; absent: none
   * @throws Unroutable when the queue does not exist, BrokerUnavailable
   */
  putTicket(dp: string, ticket: Ticket, trace?: TraceParent): Promise<void> {
    const messageId = `${ticket.order}.${ticket.ticket}`;
    const conversation = ticket.correlation;
    const message = {
      queue: orderQueue(dp),
      content: Buffer.from(JSON.stringify(ticket)),
      messageId,
      correlationId: conversation,
    };
    if (trace === undefined) return this.publisher.publish(message);
    return inSpan(
      orderQueueSpan('send'),
      () => ({
        kind: 'producer',
        trace,
        // tickets are put many at a time, whatever is active here
        from: trace,
        attributes: {
          ...orderQueueAttributes('send', dp, { messageId, conversation }),
          'relaypoint.order': ticket.order,
        },
      }),
      (span) => this.publisher.publish({ ...message, headers: traceHeaders(span?.trace) }),
    );
  }

  /**
   * How many tickets wait to be taken; declares the queue where it is missing. What is wrong with this queue is said of it
   * alone: no other call and no other channel feels it.
   *
   * @throws TopologyMismatch, QueueRefused, BrokerUnavailable
   */
  ready(dp: string): Promise<number> {
    return this.declarer.declare(orderQueueDefinition(dp, this.type));
  }

  /** As {@link ready}, with what is in the hands of gateways. */
  async counts(dp: string): Promise<QueueCounts> {
    const [ready, unacked] = await Promise.all([this.ready(dp), this.unacked(orderQueue(dp))]);
    return { ready, unacked };
  }

  private async unacked(queue: string): Promise<number | null> {
    if (!this.management) return null;
    const told = await askForQueues(this.management, `/${encodeURIComponent(queue)}`);
    const { messages_unacknowledged: unacked } = (told ?? {}) as { messages_unacknowledged?: unknown };
    return typeof unacked === 'number' ? unacked : null;
  }
}
