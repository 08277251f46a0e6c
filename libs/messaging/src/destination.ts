import type { ConfirmChannel, Message, Options } from 'amqplib';
import type { BrokerConnection } from './broker-connection.js';
import { brokerFault, BrokerUnavailable, Unroutable } from './errors.js';
import type { Route } from './route.js';

/**
 * Messages that may wait for their confirm; more wait their turn. RabbitMQ stops reading the whole connection for a quorum
 * queue that owes one channel more than 32 (`quorum_commands_soft_limit`).
 */
const WINDOW = 30;
/** A confirm that has not come by then counts as lost: the message may be there or not. */
const CONFIRM_MS = 10_000;
/** Carries the number of a publish, so that a returned message is told apart from others with the same id. */
const PUBLISH_HEADER = 'x-publish';

export interface Outgoing {
  content: Buffer;
  messageId?: string | undefined;
  correlationId?: string | undefined;
  headers?: Record<string, unknown> | undefined;
}

interface Waiting {
  message: Outgoing;
  settle: (error?: Error) => void;
}

interface UnderWay {
  /** Milliseconds of the steady clock. */
  since: number;
  settle: (error?: Error) => void;
}

/** One queue as a publisher sees it, with a channel of its own, and its messages in their order. Ended, it is used no more. */
export class Destination {
  private channel: ConfirmChannel | undefined;
  private isEnded = false;
  private readonly waiting: Waiting[] = [];
  private readonly underWay = new Map<number, UnderWay>();
  private next = 0;
  /** Milliseconds of the steady clock. */
  private readonly madeAt = performance.now();
  private lastUse = this.madeAt;

  /** @param ended is called once, when no more messages may be given to it */
  constructor(
    private readonly connection: BrokerConnection,
    private readonly route: Route,
    private readonly queue: string,
    private readonly ended: (destination: Destination) => void,
  ) {
    void this.open();
  }

  /** For how long it has had nothing to do. */
  get idleMs(): number {
    return this.waiting.length + this.underWay.size > 0 ? 0 : performance.now() - this.lastUse;
  }

  /** @throws BrokerUnavailable, Unroutable */
  publish(message: Outgoing): Promise<void> {
    this.lastUse = performance.now();
    return new Promise((resolve, reject) => {
      this.waiting.push({ message, settle: (error) => (error ? reject(error) : resolve()) });
      this.goOn();
    });
  }

  /** A queue that has not confirmed in time, or a channel that has not opened, is given up with all that waits for it. */
  expire(): void {
    const [oldest] = this.underWay.values();
    const since = this.channel ? (oldest?.since ?? Infinity) : this.madeAt;
    if (since <= performance.now() - CONFIRM_MS) this.end(`${this.queue} did not confirm in time`);
  }

  /** What waits fails; what the broker has yet to confirm may be there or not. */
  end(why: string): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.ended(this);
    // What amqplib and the broker keep for a confirm that never comes is kept until the channel closes
    this.channel?.close().catch(() => undefined);
    const left = [...this.underWay.values(), ...this.waiting.splice(0)];
    this.underWay.clear();
    for (const { settle } of left) settle(new BrokerUnavailable(why));
  }

  private async open(): Promise<void> {
    try {
      const channel = await this.connection.openConfirmChannel();
      channel.on('return', (message: Message) => this.returned(message));
      channel.on('close', () => this.end('the channel was closed'));
      await this.route.prepare(channel);
      this.channel = channel;
      if (this.isEnded) await channel.close();
      else this.goOn();
    } catch (error) {
      this.end(brokerFault(error).message);
    }
  }

  private goOn(): void {
    const { channel } = this;
    if (!channel) return;
    while (!this.isEnded && this.underWay.size < WINDOW) {
      const first = this.waiting.shift();
      if (!first) return;
      this.send(channel, first);
    }
  }

  private send(channel: ConfirmChannel, { message, settle }: Waiting): void {
    const number = (this.next += 1);
    this.underWay.set(number, { since: performance.now(), settle });
    const { content, headers, messageId, correlationId } = message;
    const options: Options.Publish = {
      persistent: true,
      mandatory: true,
      headers: { ...headers, [PUBLISH_HEADER]: number },
      ...(messageId === undefined ? {} : { messageId }),
      ...(correlationId === undefined ? {} : { correlationId }),
    };
    const confirmed = (error: unknown): void => {
      // `nack`: the queue refuses or its leader has just gone
      this.settled(number, error ? new BrokerUnavailable('the broker did not take the message') : undefined);
    };
    try {
      channel.publish(this.route.exchange, this.queue, content, options, confirmed);
    } catch (error) {
      this.settled(number, brokerFault(error));
    }
  }

  /** A returned message comes before its confirm. */
  private returned(message: Message): void {
    this.settled(Number(message.properties.headers?.[PUBLISH_HEADER]), new Unroutable(this.queue));
  }

  private settled(number: number, error?: Error): void {
    const one = this.underWay.get(number);
    if (!one) return;
    this.underWay.delete(number);
    this.lastUse = performance.now();
    one.settle(error);
    this.goOn();
  }
}
