import { createHash } from 'node:crypto';
import type { Channel, GetMessage } from 'amqplib';
import type { StoredText } from '#texts';
import type { BrokerConnection } from './broker-connection.js';
import type { Publisher } from './publisher.js';
import { brokerFault } from './errors.js';
import { DEAD_QUEUES, deadQueue, ORDER_QUEUE_PATTERN, QUEUES } from './topology.js';

/** A message that nobody could use, parked for a person. */
export interface DeadLetter {
  id: string;
  /** The dead-letter queue it lies on. */
  queue: string;
  /** Where it came from and would go again; null where it does not say so, or names what does not lead to that queue. */
  origin: string | null;
  reason: StoredText;
  deliveries: number;
  /** At most 4 KiB of its content. */
  content: string;
}

/** Letters looked at in one call. */
const MOST = 500;
const SHOWN_BYTES = 4096;
/** What the broker says of a queue that does not exist (AMQP 0-9-1 §1.1). */
const NOT_FOUND = 404;

/**
 * Lists, replays and discards dead letters. A letter is taken off its queue only after the broker has confirmed its copy;
 * all others go back when the channel closes, so a crash loses none.
 */
export class DeadLetters {
  constructor(
    private readonly connection: BrokerConnection,
    private readonly publisher: Publisher,
  ) {}

  /** @throws BrokerUnavailable */
  async list(): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for (const queue of DEAD_QUEUES) {
      await this.look(queue, (message) => {
        letters.push(letterOf(queue, message));
        return Promise.resolve('keep');
      });
    }
    return letters;
  }

  /** How many lie on each dead-letter queue; one that does not exist has none. @throws BrokerUnavailable */
  async counts(): Promise<Map<string, number>> {
    // a broker with an alarm answers nothing, and says so only here
    this.connection.check();
    const counts = new Map<string, number>();
    for (const queue of DEAD_QUEUES) counts.set(queue, (await this.lengthOf(queue)) ?? 0);
    return counts;
  }

  /** Puts a letter on its original queue again. False: there is no such letter. @throws BrokerUnavailable, Unroutable */
  replay(id: string): Promise<boolean> {
    return this.take(id, async (message, letter) => {
      if (letter.origin === null) return;
      await this.publisher.publish({
        queue: letter.origin,
        content: message.content,
        messageId: message.properties.messageId as string | undefined,
        correlationId: message.properties.correlationId as string | undefined,
      });
    });
  }

  /** Throws a letter away. False: there is no such letter. @throws BrokerUnavailable */
  discard(id: string): Promise<boolean> {
    return this.take(id, () => Promise.resolve());
  }

  private async take(
    id: string,
    work: (message: GetMessage, letter: DeadLetter) => Promise<void>,
  ): Promise<boolean> {
    for (const queue of DEAD_QUEUES) {
      const found = await this.look(queue, async (message, channel) => {
        const letter = letterOf(queue, message);
        if (letter.id !== id) return 'keep';
        await work(message, letter);
        channel.ack(message);
        return 'found';
      });
      if (found) return true;
    }
    return false;
  }

  private async look(
    queue: string,
    see: (message: GetMessage, channel: Channel) => Promise<'keep' | 'found'>,
  ): Promise<boolean> {
    const channel = await this.connection.openChannel();
    try {
      if ((await this.lengthOf(queue)) === null) return false;
      for (let seen = 0; seen < MOST; seen += 1) {
        const message = await channel.get(queue, { noAck: false });
        if (!message) return false;
        if ((await see(message, channel)) === 'found') return true;
      }
      return false;
    } finally {
      // Closing gives back what was only looked at, in its old order
      await channel.close().catch(() => undefined);
    }
  }

  /** Null: there is no such queue. Asking on a channel of its own: a queue that does not exist closes it. */
  private async lengthOf(queue: string): Promise<number | null> {
    const channel = await this.connection.openChannel();
    try {
      const { messageCount } = await channel.checkQueue(queue);
      await channel.close();
      return messageCount;
    } catch (error) {
      if ((error as { code?: unknown }).code === NOT_FOUND) return null;
      throw brokerFault(error);
    }
  }
}

function letterOf(queue: string, message: GetMessage): DeadLetter {
  const headers = message.properties.headers ?? {};
  const id = createHash('sha256')
    .update(queue)
    .update(message.content)
    .update(String(headers['x-publish'] ?? ''));
  const given = givenUpByBroker(headers['x-death']);
  const said: unknown = headers['x-queue'] ?? given?.queue;
  return {
    id: id.digest('hex').slice(0, 32),
    queue,
    origin: typeof said === 'string' && leadsTo(said, queue) ? said : null,
    reason: given
      ? { key: 'deadLetter.givenUp', params: { reason: given.reason } }
      : { text: String(headers['x-reason'] ?? 'unknown') },
    deliveries: Number(headers['x-delivery'] ?? 1) - 1,
    content: message.content.subarray(0, SHOWN_BYTES).toString(),
  };
}

/**
 * Whether what fails on a queue comes to a dead-letter queue. Where a letter came from is what its sender says, and a replay is
 * made with the server's rights, not the sender's.
 */
function leadsTo(queue: string, dead: string): boolean {
  return dead === QUEUES.deadTickets ? ORDER_QUEUE_PATTERN.test(queue) : deadQueue(queue) === dead;
}

/** What the broker's header says of a message that no program of ours has put here; newest first, RabbitMQ "x-death". */
function givenUpByBroker(deaths: unknown): { queue: string; reason: string } | null {
  const [last] = Array.isArray(deaths) ? (deaths as { queue?: unknown; reason?: unknown }[]) : [];
  // From a retry queue a message comes back; that is not its end
  if (typeof last?.queue !== 'string' || /\.retry\.\d+$/.test(last.queue)) return null;
  return { queue: last.queue, reason: String(last.reason) };
}
