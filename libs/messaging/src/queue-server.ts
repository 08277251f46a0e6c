import { applyDecorators, Catch, Controller, UseFilters, type RpcExceptionFilter } from '@nestjs/common';
import { Server, RmqContext, type CustomTransportStrategy } from '@nestjs/microservices';
import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib';
import { lastValueFrom, throwError, type Observable } from 'rxjs';
import { DomainError } from '#domain';
import { inSpan, traceParentIn } from '#runtime';
import { classicOnCluster } from './broker-address.js';
import { BrokerConnection } from './broker-connection.js';
import { callError } from './call-errors.js';
import { BrokerUnavailable, TopologyMismatch } from './errors.js';
import { messagingAttributes, traceHeaders } from './message-spans.js';
import type { KeptChannel } from './kept-channel.js';
import { Publisher } from './publisher.js';
import type { CallReply } from './rpc-client.js';
import { QueueDeclarer } from './queue-declarer.js';
import { isPassing, NoHandler, reasonOf, settlementOf } from './settlement.js';
import {
  callQueueDefinition,
  deadQueue,
  eventQueueDefinitions,
  retryQueue,
  type QueueType,
} from './topology.js';

/** Which queue a handler takes its messages from; the second argument of @MessagePattern and @EventPattern. */
export interface HandlerQueue {
  queue: string;
  /** Messages in hand at once; the largest of a queue's handlers counts. */
  prefetch?: number;
}

export interface QueueServerOptions {
  url: string;
  /** Shown on the broker's dashboard. */
  name: string;
  /** Of all queues that it serves, those of calls included. */
  eventQueueType: QueueType;
}

const PREFETCH = 64;
/** Longest wait on close for handlers that are at work. */
const DRAIN_MS = 8_000;
const DELIVERY_HEADER = 'x-delivery';
/**
 * What the broker makes of a caller's `amq.rabbitmq.reply-to`. Answers leave by the default exchange, which leads to every
 * queue: to anything else a caller could have messages written that it has no right to write to.
 */
const DIRECT_REPLY = 'amq.rabbitmq.reply-to.';

/** Lets the handler's own error through; Nest's filter would replace it by "Internal server error". */
@Catch()
class KeepError implements RpcExceptionFilter {
  catch(error: unknown): Observable<never> {
    return throwError(() => error);
  }
}

/** A controller of queue handlers. */
export const QueueController = (): ClassDecorator => applyDecorators(Controller(), UseFilters(KeepError));

/**
 * Serves Nest's @MessagePattern (calls) and @EventPattern (durable messages) from RabbitMQ. A message is acked after its
 * handler is done and, for a call, after the broker has the reply; a failed one is settled by {@link settlementOf}.
 * Closing stops taking messages, lets handlers finish, and only then disconnects.
 */
export class QueueServer extends Server implements CustomTransportStrategy {
  override readonly propagatesEventHandlerErrors = true;
  private connection: BrokerConnection | undefined;
  private publisher: Publisher | undefined;
  private handlers: KeptChannel | undefined;
  private consumers: { channel: Channel; tag: string }[] = [];
  private atWork = 0;
  private drained: (() => void) | undefined;
  private closing = false;

  constructor(private readonly options: QueueServerOptions) {
    super();
    this.initializeSerializer({});
    this.initializeDeserializer({});
  }

  /** Calls back when the queues are declared and consumed; the process must not start on a topology that differs. */
  listen(callback: (error?: unknown) => void): void {
    const wrongType = classicOnCluster(this.options.url, 'EVENT_QUEUE_TYPE', this.options.eventQueueType);
    if (wrongType) this.logger.warn(wrongType);
    const connection = new BrokerConnection(this.options.url, `${this.options.name}-handlers`, this.logger);
    this.connection = connection;
    this.closing = false;
    this.publisher = new Publisher(connection);
    const declarer = new QueueDeclarer(connection, 1, this.logger);
    let started = false;
    this.handlers = connection.keepChannel('handlers', true, async (channel) => {
      try {
        await this.serve(channel, declarer);
      } catch (error) {
        if (!started && error instanceof TopologyMismatch) {
          this.closing = true;
          void connection.close();
          callback(error);
        }
        throw error;
      }
      if (!started) {
        started = true;
        callback();
      }
    });
  }

  async close(): Promise<void> {
    this.closing = true;
    const consumers = this.consumers.splice(0);
    await withTimeout(Promise.allSettled(consumers.map(({ channel, tag }) => channel.cancel(tag))), 2_000);
    if (this.atWork > 0)
      await withTimeout(new Promise<void>((resolve) => (this.drained = resolve)), DRAIN_MS);
    this.publisher?.close();
    await this.connection?.close();
  }

  on(): never {
    throw new Error('this transport has no events of its own');
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the shape of Nest's Server
  unwrap<T>(): T {
    return this.connection as T;
  }

  private async serve(channel: ConfirmChannel, declarer: QueueDeclarer): Promise<void> {
    if (this.closing) return;
    this.consumers = [];
    for (const [queue, { durable, prefetch }] of this.queues()) {
      const definitions = durable
        ? eventQueueDefinitions(queue, this.options.eventQueueType)
        : [callQueueDefinition(queue, this.options.eventQueueType)];
      for (const definition of definitions) await declarer.declare(definition);
      await channel.prefetch(prefetch);
      const { consumerTag } = await channel.consume(queue, (message) => {
        // null: somebody deleted the queue; declare it again
        if (message) void this.handle({ queue, durable }, message, channel);
        else this.handlers?.reopen();
      });
      this.consumers.push({ channel, tag: consumerTag });
    }
  }

  private queues(): Map<string, { durable: boolean; prefetch: number }> {
    const queues = new Map<string, { durable: boolean; prefetch: number }>();
    for (const [pattern, handler] of this.getHandlers()) {
      const wanted = handler.extras as Partial<HandlerQueue> | undefined;
      if (!wanted?.queue) throw new Error(`the handler of ${pattern} names no queue`);
      const known = queues.get(wanted.queue);
      queues.set(wanted.queue, {
        durable: handler.isEventHandler === true || known?.durable === true,
        prefetch: Math.max(wanted.prefetch ?? PREFETCH, known?.prefetch ?? 0),
      });
    }
    return queues;
  }

  private async handle(
    { queue, durable }: { queue: string; durable: boolean },
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ): Promise<void> {
    this.atWork += 1;
    try {
      if (durable) await this.takeEvent(queue, message, channel);
      else await this.takeCall(queue, message, channel);
      channel.ack(message);
    } catch (error) {
      // The channel or the broker went away: the message is delivered again
      this.logger.warn(`not acked: ${textOf(error)}`);
    } finally {
      this.atWork -= 1;
      if (this.atWork === 0) this.drained?.();
    }
  }

  /** Never fails: a call that cannot be answered is over, and kept in hand it would take the place of another one. */
  private async takeCall(queue: string, message: ConsumeMessage, channel: ConfirmChannel): Promise<void> {
    const replyTo: unknown = message.properties.replyTo;
    if (typeof replyTo !== 'string' || !replyTo.startsWith(DIRECT_REPLY)) {
      this.logger.warn(`${queue}: a call that asks for no direct reply was dropped`);
      return;
    }
    try {
      await this.answerCall(queue, replyTo, message, channel);
    } catch (error) {
      this.logger.warn(`${queue}: a call was not answered: ${textOf(error)}`);
    }
  }

  private async answerCall(
    queue: string,
    replyTo: string,
    message: ConsumeMessage,
    channel: ConfirmChannel,
  ): Promise<void> {
    const reply: CallReply = await this.run(queue, message, channel).then(
      (value) => ({ ok: true, value }),
      (error: unknown) => failedReply(error, (text) => this.logger.error(text)),
    );
    const content = Buffer.from(JSON.stringify(reply));
    const { correlationId } = message.properties as { correlationId?: string };
    await new Promise<void>((resolve, reject) => {
      channel.publish('', replyTo, content, correlationId ? { correlationId } : {}, (error: unknown) =>
        error ? reject(new BrokerUnavailable('the reply was not taken')) : resolve(),
      );
    });
  }

  private async takeEvent(queue: string, message: ConsumeMessage, channel: ConfirmChannel): Promise<void> {
    try {
      await this.run(queue, message, channel);
    } catch (error) {
      const delivery = deliveryOf(message);
      const settled = settlementOf(error, delivery);
      const reason = reasonOf(error);
      this.logger.warn(`${queue}: delivery ${delivery} failed (${settled.kind}): ${reason}`);
      await this.publisher?.publish({
        queue: settled.kind === 'dead' ? deadQueue(queue) : retryQueue(queue, settled.delay),
        content: message.content,
        messageId: message.properties.messageId as string | undefined,
        correlationId: message.properties.correlationId as string | undefined,
        // none of the sender's as they are: by `CC` and `BCC` the broker routes, here with our rights and not the sender's
        headers: {
          ...traceHeaders(traceParentIn(message.properties.headers)),
          [DELIVERY_HEADER]: delivery + 1,
          'x-reason': reason.slice(0, 500),
          'x-queue': queue,
        },
      });
    }
  }

  /** As {@link dispatch}, within a span when the message comes with a trace: what belongs to none begins none. */
  private run(queue: string, message: ConsumeMessage, channel: Channel): Promise<unknown> {
    const from = traceParentIn(message.properties.headers);
    if (from === undefined) return this.dispatch(message, channel);
    const { messageId, correlationId } = message.properties as { messageId?: string; correlationId?: string };
    return inSpan(
      `process ${queue}`,
      () => ({
        kind: 'consumer',
        from,
        attributes: messagingAttributes('process', queue, { messageId, conversation: correlationId }),
      }),
      () => this.dispatch(message, channel),
    );
  }

  /** @throws whatever the handler throws; SyntaxError and NoHandler for messages nobody can use */
  private async dispatch(message: ConsumeMessage, channel: Channel): Promise<unknown> {
    const packet = JSON.parse(message.content.toString()) as { pattern?: unknown; data?: unknown } | null;
    const pattern = typeof packet?.pattern === 'string' ? packet.pattern : '';
    const handler = this.getHandlerByPattern(pattern);
    if (!packet || !handler) throw new NoHandler(`nobody handles "${pattern}"`);
    const context = new RmqContext([message, channel, pattern]);
    const result: unknown = await handler(packet.data, context);
    return await lastValueFrom(this.transformToObservable(result), { defaultValue: undefined });
  }
}

/** Which delivery it is, from 1: only this transport sets it, so anything that is no such number was not set by it. */
function deliveryOf({ properties }: ConsumeMessage): number {
  const said: unknown = properties.headers?.[DELIVERY_HEADER];
  return typeof said === 'number' && Number.isSafeInteger(said) && said > 0 ? said : 1;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function failedReply(error: unknown, log: (text: string) => void): CallReply {
  if (error instanceof DomainError) {
    return { ok: false, ...callError(error.code, error.descriptor, error.faults) };
  }
  if (isPassing(error)) return { ok: false, ...callError('UNAVAILABLE', { key: 'server.cannotAnswer' }) };
  log(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { ok: false, ...callError('INTERNAL', { key: 'server.failed' }) };
}

async function withTimeout(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
