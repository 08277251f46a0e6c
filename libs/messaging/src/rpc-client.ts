import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';
import { DOMAIN_ERROR_CODES, DomainError, type DomainErrorCode, type Fault } from '#domain';
import type { BrokerConnection } from './broker-connection.js';
import { BrokerUnavailable } from './errors.js';

/** What a call's answer looks like on the wire. */
export type CallReply =
  { ok: true; value: unknown } | { ok: false; code: string; detail: string; faults: Fault[] };

const TIMEOUT_MS = 5_000;
const REPLY_TO = 'amq.rabbitmq.reply-to';

interface Pending {
  deadline: number;
  resolve: (reply: CallReply) => void;
  reject: (error: Error) => void;
}

/**
 * Calls over a queue, answered by direct reply-to: answers never lie in a queue. A call expires on the queue when its
 * caller gives up, and fails at once when the connection is cut; its outcome is unknown then.
 */
export class RpcClient {
  private channel: Channel | undefined;
  private readonly pending = new Map<string, Pending>();
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly connection: BrokerConnection) {
    connection.onDisconnect(() =>
      this.fail('the connection to the broker was lost; the outcome of the call is unknown'),
    );
    connection.keepChannel('calls', false, async (channel) => {
      channel.on('return', (message: ConsumeMessage) => this.returned(message));
      channel.on('close', () => {
        if (this.channel === channel) this.fail('the channel was closed');
      });
      await channel.consume(REPLY_TO, (message) => this.replied(message), { noAck: true });
      this.channel = channel;
    });
    this.timer = setInterval(() => this.expire(), 250).unref();
  }

  /**
   * @param queue where the answering program takes its calls
   * @throws DomainError as the answering program threw it
   * @throws BrokerUnavailable when there is no answer: nobody serves the queue, time is up, or the connection was cut
   */
  async call<T>(queue: string, pattern: string, data: unknown, timeoutMs = TIMEOUT_MS): Promise<T> {
    this.connection.assertUsable();
    const { channel } = this;
    if (!channel) throw new BrokerUnavailable('the channel to the broker is not open');
    const correlationId = randomUUID();
    const reply = await new Promise<CallReply>((resolve, reject) => {
      this.pending.set(correlationId, { deadline: Date.now() + timeoutMs, resolve, reject });
      channel.publish('', queue, Buffer.from(JSON.stringify({ pattern, data })), {
        correlationId,
        replyTo: REPLY_TO,
        expiration: timeoutMs,
        mandatory: true,
      });
    });
    if (reply.ok) return reply.value as T;
    if (isDomainCode(reply.code) && reply.code !== 'UNAVAILABLE') {
      throw new DomainError(reply.code, reply.detail, reply.faults);
    }
    if (reply.code === 'UNAVAILABLE') throw new BrokerUnavailable(reply.detail);
    throw new Error(`${pattern}: ${reply.detail}`);
  }

  close(): void {
    clearInterval(this.timer);
    this.fail('the client is closed');
  }

  private replied(message: ConsumeMessage | null): void {
    if (!message) return;
    const { correlationId } = message.properties as { correlationId: string };
    const pending = this.pending.get(correlationId);
    if (!this.pending.delete(correlationId)) return;
    pending?.resolve(JSON.parse(message.content.toString()) as CallReply);
  }

  private returned(message: ConsumeMessage): void {
    const { correlationId } = message.properties as { correlationId: string };
    const pending = this.pending.get(correlationId);
    this.pending.delete(correlationId);
    pending?.reject(new BrokerUnavailable(`nobody serves ${message.fields.routingKey}`));
  }

  private expire(): void {
    const now = Date.now();
    for (const [id, { deadline, reject }] of this.pending) {
      if (deadline > now) continue;
      this.pending.delete(id);
      reject(new BrokerUnavailable('the call was not answered in time; its outcome is unknown'));
    }
  }

  private fail(why: string): void {
    this.channel = undefined;
    const pending = [...this.pending.values()];
    this.pending.clear();
    for (const { reject } of pending) reject(new BrokerUnavailable(why));
  }
}

function isDomainCode(code: string): code is DomainErrorCode {
  return (DOMAIN_ERROR_CODES as readonly string[]).includes(code);
}
