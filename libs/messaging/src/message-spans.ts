import type { SpanOptions } from '#runtime';
import { orderQueue } from './topology.js';

type Attributes = NonNullable<SpanOptions['attributes']>;

/** What a message's headers carry of a trace; nothing when there is none. */
export function traceHeaders(trace: string | undefined): Record<string, string> {
  return trace === undefined ? {} : { traceparent: trace };
}

/** By OpenTelemetry's semantic conventions for messaging, and for RabbitMQ. */
export function messagingAttributes(
  operation: 'send' | 'process',
  queue: string,
  more: { messageId?: string | undefined; conversation?: string | undefined; count?: number } = {},
): Attributes {
  return {
    'messaging.system': 'rabbitmq',
    'messaging.operation.type': operation,
    'messaging.operation.name': operation,
    'messaging.destination.name': queue,
    'messaging.message.id': more.messageId,
    'messaging.message.conversation_id': more.conversation,
    'messaging.batch.message_count': more.count,
  };
}

/** DPs' queues as one: names of spans must be few, and there may be thousands of DPs. */
const ORDER_QUEUE_TEMPLATE = orderQueue('{dp}');

/** Name of a span about any DP's order queue. */
export const orderQueueSpan = (operation: 'send' | 'process'): string =>
  `${operation} ${ORDER_QUEUE_TEMPLATE}`;

/** {@link messagingAttributes} of a DP's order queue. */
export function orderQueueAttributes(
  operation: 'send' | 'process',
  dp: string,
  more: Parameters<typeof messagingAttributes>[2] = {},
): Attributes {
  return {
    ...messagingAttributes(operation, orderQueue(dp), more),
    'messaging.destination.template': ORDER_QUEUE_TEMPLATE,
    'relaypoint.dp': dp,
  };
}
