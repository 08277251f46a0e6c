import { randomUUID } from 'node:crypto';
import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { CallPattern, Calls } from '#contract';
import { activeTrace, inSpan } from '#runtime';
import type { BrokerConnection } from './broker-connection.js';
import { type CallError, domainErrorOf } from './call-errors.js';
import { CALL_QUEUES } from './calls.js';
import { DEADLINE_HEADER } from './deadline.js';
import { brokerFault, BrokerUnavailable } from './errors.js';
import { messagingAttributes, traceHeaders } from './message-spans.js';
import { DEFAULT_ROUTE, type Route } from './route.js';

/** What a call's answer looks like on the wire. */
export type CallReply = { ok: true; value: unknown } | ({ ok: false } & CallError);

const TIMEOUT_MS = 5_000;
const REPLY_TO = 'amq.rabbitmq.reply-to';

/** The broker gave a call back, for want of a queue or of a way to it. */
class NobodyServes extends BrokerUnavailable {}

interface Pending {
  /** Milliseconds of the steady clock. */
  deadline: number;
  resolve: (reply: CallReply) => void;
  reject: (error: Error) => void;
}

/**
 * Calls over a queue, answered by direct reply-to: answers never lie in a queue. A call expires on the queue when its
 * caller gives up, and fails at once when the connection is cut; its outcome is unknown then.
 *
 * A Nest client as well: `send` is {@link call} as an Observable.
 */
export class RpcClient extends ClientProxy {
  private channel: Channel | undefined;
  private readonly pending = new Map<string, Pending>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly route: Route = DEFAULT_ROUTE,
  ) {
    super();
    connection.onDisconnect(() =>
      this.fail('the connection to the broker was lost; the outcome of the call is unknown'),
    );
    connection.keepChannel('calls', false, async (channel) => {
      channel.on('return', (message: ConsumeMessage) => this.returned(message));
      channel.on('close', () => {
        if (this.channel === channel) this.fail('the channel was closed');
      });
      await this.route.prepare(channel);
      await channel.consume(REPLY_TO, (message) => this.replied(message), { noAck: true });
      this.channel = channel;
    });
    this.timer = setInterval(() => this.expire(), 250).unref();
  }

  /**
   * @throws DomainError as the answering program threw it
   * @throws BrokerUnavailable when there is no answer: nobody serves the queue, time is up, or the connection was cut
   */
  call<Pattern extends CallPattern>(
    pattern: Pattern,
    request: Calls[Pattern]['request'],
    timeoutMs = TIMEOUT_MS,
  ): Promise<Calls[Pattern]['response']> {
    return this.ask(CALL_QUEUES[pattern], pattern, request, timeoutMs);
  }

  /**
   * {@link call} without the table of calls.
   *
   * @param queue where the answering program takes its calls
   * @throws DomainError as the answering program threw it
   * @throws BrokerUnavailable when there is no answer: nobody serves the queue, time is up, or the connection was cut
   */
  ask<T>(queue: string, pattern: string, data: unknown, timeoutMs = TIMEOUT_MS): Promise<T> {
    // most calls belong to nothing that is traced, such as polls that bring nothing
    if (activeTrace() === undefined) return this.exchange(queue, pattern, data, timeoutMs);
    return inSpan(
      `send ${queue}`,
      () => ({
        kind: 'client',
        attributes: { ...messagingAttributes('send', queue), 'relaypoint.pattern': pattern },
      }),
      (span) => this.exchange(queue, pattern, data, timeoutMs, span?.trace),
    );
  }

  private async exchange<T>(
    queue: string,
    pattern: string,
    data: unknown,
    timeoutMs: number,
    trace?: string,
  ): Promise<T> {
    const began = performance.now();
    try {
      return await this.once<T>(queue, pattern, data, timeoutMs, trace);
    } catch (error) {
      // it came back: nobody has it
      if (!(error instanceof NobodyServes) || !(await this.route.reroute(queue))) throw error;
      const left = Math.round(timeoutMs - (performance.now() - began));
      if (left <= 0) throw error;
      return await this.once<T>(queue, pattern, data, left, trace);
    }
  }

  private async once<T>(
    queue: string,
    pattern: string,
    data: unknown,
    timeoutMs: number,
    trace?: string,
  ): Promise<T> {
    this.connection.check();
    const { channel } = this;
    if (!channel) throw new BrokerUnavailable('the channel to the broker is not open');
    const correlationId = randomUUID();
    const reply = await new Promise<CallReply>((resolve, reject) => {
      // the wait is counted by the steady clock; the server compares the header with its own time
      this.pending.set(correlationId, { deadline: performance.now() + timeoutMs, resolve, reject });
      try {
        channel.publish(this.route.exchange, queue, Buffer.from(JSON.stringify({ pattern, data })), {
          correlationId,
          replyTo: REPLY_TO,
          expiration: timeoutMs,
          mandatory: true,
          headers: { [DEADLINE_HEADER]: Date.now() + timeoutMs, ...traceHeaders(trace) },
        });
      } catch (error) {
        // The channel is closing; its 'close' comes later
        this.pending.delete(correlationId);
        reject(brokerFault(error));
      }
    });
    if (reply.ok) return reply.value as T;
    if (reply.code === 'UNAVAILABLE') throw new BrokerUnavailable(reply.detail);
    throw domainErrorOf(reply) ?? new Error(`${pattern}: ${reply.detail}`);
  }

  /** The connection is made by itself, and made again whenever it is lost. */
  connect(): Promise<void> {
    return Promise.resolve();
  }

  // eslint-disable-next-line typescript/no-unnecessary-type-parameters -- as Nest declares it
  unwrap<T>(): T {
    return this.channel as T;
  }

  close(): void {
    clearInterval(this.timer);
    this.fail('the client is closed');
  }

  protected publish(packet: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    void this.answerTo(packet, callback);
    return () => undefined;
  }

  /** Events are confirmed messages, and leave through EventSender. */
  protected dispatchEvent(): Promise<never> {
    return Promise.reject(new Error('calls are answered; send events with EventSender'));
  }

  private async answerTo({ pattern, data }: ReadPacket, take: (packet: WritePacket) => void): Promise<void> {
    const name = pattern as CallPattern;
    try {
      take({ response: await this.ask(CALL_QUEUES[name], name, data), isDisposed: true });
    } catch (err) {
      take({ err, isDisposed: true });
    }
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
    pending?.reject(new NobodyServes(`nobody serves ${message.fields.routingKey}`));
  }

  private expire(): void {
    const now = performance.now();
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
