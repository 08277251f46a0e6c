import type { Channel, Options } from 'amqplib';
import { TopologyMismatch } from './errors.js';

/** Every name and argument on the broker stands in this file (docs/queue-topology.md). */
export const QUEUES = {
  /** Calls to the server. */
  rpc: 'relaypoint.rpc.server',
  /** Calls to the importers. */
  importerRpc: 'relaypoint.rpc.importer',
  /** Status reports and sightings, gateway → server. */
  status: 'relaypoint.status',
  /** Import commands, server → importer. */
  imports: 'relaypoint.imports',
  /** Tickets that nobody can read. */
  deadTickets: 'relaypoint.orders.dead',
} as const;

/** Topic exchange of what changed; routing key `<topic>.<id>`. It has no queue of its own. */
export const EVENTS_EXCHANGE = 'relaypoint.events';

/** Seconds a message waits before its next delivery: first, second, and every further time. */
export const RETRY_DELAYS = [1, 5, 30] as const;
/** Calls nobody took in this time are dropped; their callers have given up. */
const CALL_TTL_MS = 10_000;

export type QueueType = 'classic' | 'quorum';

export const orderQueue = (dp: string): string => `dp.${dp}.orders`;
export const deadQueue = (queue: string): string => `${queue}.dead`;
export const retryQueue = (queue: string, delay: number): string => `${queue}.retry.${delay}`;
/** Dead-letter queues that are listed, replayed and discarded through the admin API. */
export const DEAD_QUEUES = [deadQueue(QUEUES.status), deadQueue(QUEUES.imports), QUEUES.deadTickets] as const;

interface QueueDefinition {
  name: string;
  options: Options.AssertQueue;
}

/** Classic queues as version 2, whose memory does not grow with their length. */
function storage(type: QueueType): Record<string, unknown> {
  return type === 'quorum'
    ? { 'x-queue-type': 'quorum' }
    : { 'x-queue-type': 'classic', 'x-queue-version': 2 };
}

/**
 * A DP's order queue. No delivery limit: a DP that polls and vanishes gives tickets back any number of times. No
 * dead-lettering: tickets can always be made again from the database.
 */
export function orderQueueDefinition(dp: string, type: QueueType): QueueDefinition {
  return { name: orderQueue(dp), options: { durable: true, arguments: storage(type) } };
}

/** Calls: short-lived, never stored for long. */
export function callQueueDefinition(queue: string): QueueDefinition {
  return { name: queue, options: { durable: true, arguments: { 'x-message-ttl': CALL_TTL_MS } } };
}

/** A durable queue of messages that must not be lost, with its retry and dead-letter queues. */
export function eventQueueDefinitions(queue: string, type: QueueType): QueueDefinition[] {
  return [
    { name: deadQueue(queue), options: { durable: true, arguments: storage(type) } },
    ...RETRY_DELAYS.map((delay) => ({
      name: retryQueue(queue, delay),
      options: {
        durable: true,
        arguments: {
          ...storage(type),
          'x-message-ttl': delay * 1000,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': queue,
        },
      },
    })),
    { name: queue, options: { durable: true, arguments: storage(type) } },
  ];
}

export function deadTicketsDefinition(type: QueueType): QueueDefinition {
  return { name: QUEUES.deadTickets, options: { durable: true, arguments: storage(type) } };
}

/**
 * Declares queues on a channel.
 *
 * @throws TopologyMismatch when one exists with other arguments; the channel is closed then
 */
export async function assertQueues(channel: Channel, definitions: readonly QueueDefinition[]): Promise<void> {
  for (const { name, options } of definitions) {
    try {
      await channel.assertQueue(name, options);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text.includes('PRECONDITION_FAILED') || text.includes('406'))
        throw new TopologyMismatch(name, text);
      throw error;
    }
  }
}

export async function assertEventsExchange(channel: Channel): Promise<void> {
  await channel.assertExchange(EVENTS_EXCHANGE, 'topic', { durable: true });
}
