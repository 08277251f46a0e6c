import type { ConfirmChannel, Message, Options } from 'amqplib';
import type { BrokerConnection } from './broker-connection.js';
import { BrokerUnavailable, Unroutable } from './errors.js';

/** Messages that may wait for their confirm; more wait their turn. */
const WINDOW = 100;
/** A confirm that has not come by then counts as lost: the message may be there or not. */
const CONFIRM_MS = 10_000;
/** Carries the number of a publish, so that a returned message is told apart from others with the same id. */
const PUBLISH_HEADER = 'x-publish';

interface Outstanding {
  since: number;
  queue: string;
  settle: (error?: Error) => void;
}

export interface Outgoing {
  /** Empty: the default exchange, and `key` is the queue. */
  exchange?: string;
  key: string;
  content: Buffer;
  messageId?: string;
  correlationId?: string;
  headers?: Record<string, unknown>;
}

/**
 * Publishes persistent, mandatory messages and waits for the broker's confirm, many at a time. Nothing is buffered while
 * the broker is away: the caller is told at once and decides.
 */
export class Publisher {
  private channel: ConfirmChannel | undefined;
  private readonly outstanding = new Map<number, Outstanding>();
  private readonly waiting: (() => void)[] = [];
  private next = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly connection: BrokerConnection,
    declare: (channel: ConfirmChannel) => Promise<void> = () => Promise.resolve(),
  ) {
    connection.onDisconnect(() => this.fail('the connection to the broker was lost'));
    connection.keepChannel('publisher', true, async (channel) => {
      channel.on('return', (message: Message) => this.returned(message));
      channel.on('close', () => {
        if (this.channel === channel) this.fail('the channel was closed');
      });
      await declare(channel);
      this.channel = channel;
    });
    this.timer = setInterval(() => this.expire(), 1_000).unref();
  }

  /**
   * Resolves when the broker has confirmed the message and a queue holds it.
   *
   * @throws BrokerUnavailable when it is away, blocked, or did not confirm in time (the message may be there)
   * @throws Unroutable when no queue took it
   */
  async publish(message: Outgoing): Promise<void> {
    this.connection.assertUsable();
    while (this.outstanding.size >= WINDOW) await new Promise<void>((resolve) => this.waiting.push(resolve));
    const { channel } = this;
    if (!channel) throw new BrokerUnavailable('the channel to the broker is not open');
    await this.send(channel, message);
  }

  close(): void {
    clearInterval(this.timer);
    this.fail('the publisher is closed');
  }

  private send(channel: ConfirmChannel, message: Outgoing): Promise<void> {
    const number = (this.next += 1);
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        if (!this.outstanding.delete(number)) return;
        if (error) reject(error);
        else resolve();
        this.waiting.shift()?.();
      };
      this.outstanding.set(number, { since: Date.now(), queue: message.key, settle });
      const options: Options.Publish = {
        persistent: true,
        mandatory: true,
        headers: { ...message.headers, [PUBLISH_HEADER]: number },
        ...(message.messageId === undefined ? {} : { messageId: message.messageId }),
        ...(message.correlationId === undefined ? {} : { correlationId: message.correlationId }),
      };
      const confirmed = (error: unknown): void => {
        // `nack`: the queue refuses or its leader has just gone
        settle(error ? new BrokerUnavailable('the broker did not take the message') : undefined);
      };
      try {
        channel.publish(message.exchange ?? '', message.key, message.content, options, confirmed);
      } catch (error) {
        settle(new BrokerUnavailable(error instanceof Error ? error.message : String(error)));
      }
    });
  }

  /** A returned message comes before its confirm. */
  private returned(message: Message): void {
    const number = Number(message.properties.headers?.[PUBLISH_HEADER]);
    const outstanding = this.outstanding.get(number);
    outstanding?.settle(new Unroutable(outstanding.queue));
  }

  private fail(why: string): void {
    this.channel = undefined;
    for (const { settle } of Array.from(this.outstanding.values())) settle(new BrokerUnavailable(why));
    for (const go of this.waiting.splice(0)) go();
  }

  private expire(): void {
    const limit = Date.now() - CONFIRM_MS;
    let late = false;
    for (const { since, settle } of Array.from(this.outstanding.values())) {
      if (since > limit) break;
      late = true;
      settle(new BrokerUnavailable('the broker did not confirm in time'));
    }
    if (late) this.connection.reopen();
  }
}
