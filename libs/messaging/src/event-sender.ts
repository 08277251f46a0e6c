import { activeTrace, inSpan } from '#runtime';
import { messagingAttributes, traceHeaders } from './message-spans.js';
import type { Publisher } from './publisher.js';

/** Puts messages on durable event queues, for handlers of @EventPattern. */
export class EventSender {
  constructor(private readonly publisher: Publisher) {}

  /**
   * Resolves when the broker has it. What is active goes with it as its trace; what belongs to none begins none.
   *
   * @throws BrokerUnavailable, Unroutable
   */
  send(
    queue: string,
    pattern: string,
    data: unknown,
    ids: { messageId?: string; correlationId?: string } = {},
  ): Promise<void> {
    const message = { queue, content: Buffer.from(JSON.stringify({ pattern, data })), ...ids };
    if (activeTrace() === undefined) return this.publisher.publish(message);
    const { messageId, correlationId: conversation } = ids;
    return inSpan(
      `send ${queue}`,
      () => ({
        kind: 'producer',
        attributes: {
          ...messagingAttributes('send', queue, { messageId, conversation }),
          'relaypoint.pattern': pattern,
        },
      }),
      (span) => this.publisher.publish({ ...message, headers: traceHeaders(span?.trace) }),
    );
  }
}
