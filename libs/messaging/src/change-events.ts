import type { Channel } from 'amqplib';
import { changeEvent, type ChangeEvent } from '#contract';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { assertEventsExchange, EVENTS_EXCHANGE } from './topology.js';

/** Tells every program what changed. Sent and forgotten: a lost event costs freshness, never truth. */
export class ChangePublisher {
  private channel: Channel | undefined;

  constructor(private readonly connection: BrokerConnection) {
    connection.onDisconnect(() => {
      this.channel = undefined;
    });
    connection.keepChannel('changes', false, async (channel) => {
      await assertEventsExchange(channel);
      this.channel = channel;
    });
  }

  publish(event: ChangeEvent): void {
    if (this.connection.trouble !== undefined) return;
    try {
      this.channel?.publish(
        EVENTS_EXCHANGE,
        `${event.topic}.${event.id}`,
        Buffer.from(JSON.stringify(event)),
      );
    } catch {
      // The channel has just closed
    }
  }
}

export interface ChangeListener {
  /** Routing keys, such as `dp.*`. */
  keys: readonly string[];
  onEvent: (event: ChangeEvent) => void;
  /** From now on events arrive; some may have been missed before. */
  onLive?: () => void;
  onDown?: () => void;
}

/** Hears what changed, on a queue of its own that vanishes with the connection. */
export class ChangeSubscriber {
  constructor(
    private readonly connection: BrokerConnection,
    private readonly log: ConnectionLog,
  ) {}

  subscribe(listener: ChangeListener): void {
    this.connection.onDisconnect(() => listener.onDown?.());
    this.connection.keepChannel(`changes ${listener.keys.join(' ')}`, false, async (channel) => {
      await assertEventsExchange(channel);
      const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
      for (const key of listener.keys) await channel.bindQueue(queue, EVENTS_EXCHANGE, key);
      await channel.consume(
        queue,
        (message) => {
          if (message) this.hear(message.content, listener);
          else this.connection.reopen();
        },
        { noAck: true },
      );
      listener.onLive?.();
    });
  }

  private hear(content: Buffer, listener: ChangeListener): void {
    try {
      listener.onEvent(changeEvent.parse(JSON.parse(content.toString())));
    } catch (error) {
      this.log.warn(`a change could not be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
