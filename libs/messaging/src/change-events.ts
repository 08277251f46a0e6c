import { randomBytes } from 'node:crypto';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Channel } from 'amqplib';
import { changeEvent, type ChangeEvent } from '#contract';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { assertEventsExchange, changesQueue, EVENTS_EXCHANGE } from './topology.js';

/** How long changes are gathered, in milliseconds: what changes several times meanwhile is told of once. */
const GATHER_MS = 100;
/** Who is let in, and by which key: told at once, and kept while the broker is away. */
const URGENT: ReadonlySet<ChangeEvent['topic']> = new Set(['dp', 'keys']);

/** Tells every program what changed. Sent and forgotten: a lost event costs freshness, never truth. */
export class ChangePublisher implements BeforeApplicationShutdown {
  private channel: Channel | undefined;
  private readonly gathered = new Map<string, ChangeEvent>();
  private timer: NodeJS.Timeout | undefined;

  /** @param declares as of {@link ChangeSubscriber} */
  constructor(
    private readonly connection: BrokerConnection,
    declares = true,
  ) {
    connection.onDisconnect(() => {
      this.channel = undefined;
    });
    connection.keepChannel('changes', false, async (channel) => {
      await (declares ? assertEventsExchange(channel) : channel.checkExchange(EVENTS_EXCHANGE));
      this.channel = channel;
    });
  }

  publish(event: ChangeEvent): void {
    this.gathered.set(`${event.topic}.${event.id}`, event);
    if (URGENT.has(event.topic)) this.flush();
    else this.flushLater();
  }

  beforeApplicationShutdown(): void {
    this.flush();
    clearTimeout(this.timer);
  }

  private flushLater(): void {
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS).unref();
  }

  private flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const [key, event] of this.gathered) {
      const isGone = this.send(key, event) || !URGENT.has(event.topic);
      if (isGone) this.gathered.delete(key);
    }
    if (this.gathered.size > 0) this.flushLater();
  }

  /** False: the broker is away. */
  private send(key: string, event: ChangeEvent): boolean {
    const { channel } = this;
    if (!channel || this.connection.trouble !== undefined) return false;
    try {
      channel.publish(EVENTS_EXCHANGE, key, Buffer.from(JSON.stringify(event)));
      return true;
    } catch {
      // The channel has just closed
      return false;
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
  /** @param declares whether it makes the exchange where it is missing, as servers do; who may not waits for one */
  constructor(
    private readonly connection: BrokerConnection,
    private readonly log: ConnectionLog,
    private readonly declares = true,
  ) {}

  subscribe(listener: ChangeListener): void {
    this.connection.onDisconnect(() => listener.onDown?.());
    const kept = this.connection.keepChannel(`changes ${listener.keys.join(' ')}`, false, async (channel) => {
      await (this.declares ? assertEventsExchange(channel) : channel.checkExchange(EVENTS_EXCHANGE));
      const name = changesQueue(this.connection.name, randomBytes(6).toString('hex'));
      const { queue } = await channel.assertQueue(name, { exclusive: true, autoDelete: true });
      for (const key of listener.keys) await channel.bindQueue(queue, EVENTS_EXCHANGE, key);
      await channel.consume(
        queue,
        (message) => {
          if (message) this.hear(message.content, listener);
          else kept.reopen();
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
