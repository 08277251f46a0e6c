import type { Publisher } from './publisher.js';

/** Puts messages on durable event queues, for handlers of @EventPattern. */
export class EventSender {
  constructor(private readonly publisher: Publisher) {}

  /**
   * Resolves when the broker has it.
   *
   * @throws BrokerUnavailable, Unroutable
   */
  send(
    queue: string,
    pattern: string,
    data: unknown,
    ids: { messageId?: string; correlationId?: string } = {},
  ): Promise<void> {
    return this.publisher.publish({
      queue,
      content: Buffer.from(JSON.stringify({ pattern, data })),
      ...ids,
    });
  }
}
