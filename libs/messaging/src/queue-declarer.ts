import type { Channel } from 'amqplib';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { CallChannels } from './call-channels.js';
import { queueFault, TopologyMismatch } from './errors.js';
import type { QueueDefinition } from './topology.js';

/**
 * Declares queues, and knows what to do with one that exists with other arguments: what an earlier version declared is used
 * as it is, what holds nothing is made anew, and anything else is refused by name. No other channel feels any of it.
 */
export class QueueDeclarer {
  private readonly calls: CallChannels;
  /** Queues that stand with arguments of an earlier version. */
  private readonly old = new Map<string, QueueDefinition['arguments']>();

  /** @param size queues declared at once; further ones wait for their turn */
  constructor(
    connection: BrokerConnection,
    size: number,
    private readonly log: ConnectionLog,
  ) {
    this.calls = new CallChannels(connection, size);
  }

  /**
   * Declares the queue where it is missing.
   *
   * @returns the messages that are ready on it
   * @throws TopologyMismatch, QueueRefused, BrokerUnavailable
   */
  async declare(definition: QueueDefinition): Promise<number> {
    const known = this.old.get(definition.name);
    try {
      return await this.assert(definition.name, known ?? definition.arguments);
    } catch (error) {
      if (!(error instanceof TopologyMismatch)) throw error;
      this.old.delete(definition.name);
      // It was an old one, and somebody has made it anew
      if (known) return await this.declare(definition);
      return await this.comeToTerms(definition, error);
    }
  }

  /** Removes a queue with all that is on it; one that does not exist is fine. @throws QueueRefused, BrokerUnavailable */
  async remove(queue: string): Promise<void> {
    await this.on(queue, (channel) => channel.deleteQueue(queue));
    this.old.delete(queue);
  }

  private async comeToTerms(definition: QueueDefinition, mismatch: TopologyMismatch): Promise<number> {
    const { name, earlier, replaceable } = definition;
    if (replaceable) {
      this.log.warn(`${name} exists with other arguments; as it holds nothing of worth, it is made anew`);
      await this.remove(name);
      return await this.assert(name, definition.arguments);
    }
    let difference = mismatch;
    for (const before of earlier) {
      try {
        const ready = await this.assert(name, before);
        if (this.old.size === 0) this.log.warn(oldQueue(name));
        this.old.set(name, before);
        return ready;
      } catch (error) {
        if (!(error instanceof TopologyMismatch)) throw error;
        // The broker names one difference; with the fewest arguments it is the one that counts
        difference = error;
      }
    }
    throw difference;
  }

  private async assert(name: string, args: QueueDefinition['arguments']): Promise<number> {
    const options = { durable: true, arguments: args };
    return (await this.on(name, (channel) => channel.assertQueue(name, options))).messageCount;
  }

  private on<T>(queue: string, work: (channel: Channel) => Promise<T>): Promise<T> {
    return this.calls.run((channel) =>
      work(channel).catch((error: unknown) => {
        throw queueFault(queue, error);
      }),
    );
  }
}

function oldQueue(name: string): string {
  return (
    `${name}, and perhaps other queues, was declared by an earlier version, without a delivery limit and dead-letter queue: ` +
    'RabbitMQ 4 drops what was given back 20 times from it. It is used as it is; docs/queue-topology.md, "Queues of earlier ' +
    'versions", says which policies make up for it'
  );
}
