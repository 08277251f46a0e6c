import type { Channel } from 'amqplib';

/** The names and arguments of all queues that keep messages (docs/queue-topology.md). */
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

/** Direct exchange of what gateways send; it leads to {@link GATEWAY_QUEUES} and nowhere else (gateway-route.ts). */
export const GATEWAY_EXCHANGE = 'relaypoint.gateway';
/** What gateways may write to: each is bound under its own name. */
export const GATEWAY_QUEUES = [QUEUES.rpc, QUEUES.status, QUEUES.deadTickets] as const;

/** Seconds a message waits before its next delivery: first, second, and every further time. */
export const RETRY_DELAYS = [1, 5, 30] as const;
/** Calls nobody took in this time are dropped; their callers have given up. */
const CALL_TTL_MS = 10_000;

export type QueueType = 'classic' | 'quorum';

export const orderQueue = (dp: string): string => `dp.${dp}.orders`;
/** Names that {@link orderQueue} makes. */
export const ORDER_QUEUE_PATTERN = /^dp\.[a-z0-9-]+\.orders$/;
/** Where one program hears of changes while it is connected; its name tells an administrator whose it is. */
export const changesQueue = (program: string, id: string): string => `relaypoint.changes.${program}.${id}`;
export const deadQueue = (queue: string): string => `${queue}.dead`;
export const retryQueue = (queue: string, delay: number): string => `${queue}.retry.${delay}`;
/** Dead-letter queues that are listed, replayed and discarded through the admin API. */
export const DEAD_QUEUES = [deadQueue(QUEUES.status), deadQueue(QUEUES.imports), QUEUES.deadTickets] as const;

type Arguments = Readonly<Record<string, string | number>>;

/** A durable queue. */
export interface QueueDefinition {
  name: string;
  arguments: Arguments;
  /**
   * What earlier versions declared it with, newest first. A queue keeps the arguments it was made with, and one that stands
   * with these is used as it is (docs/adr/0013-queues-keep-their-arguments.md).
   */
  earlier: readonly Arguments[];
  /** Whether it holds nothing that is missed, so that it is made anew when its arguments differ. */
  replaceable: boolean;
}

/**
 * Deliveries after which the broker gives a message up. From RabbitMQ 4 a quorum queue without a limit has one of 20, and
 * drops what reaches it; a gateway in a crash loop, or a list of dead letters that is looked at, gets there easily. What is
 * to be given up is decided by settlement.ts, so the limit is out of reach. Not -1: RabbitMQ 3 takes that for 0.
 */
const DELIVERY_LIMIT = 1_000_000;

const QUORUM = { 'x-queue-type': 'quorum' } as const;
/** As version 2, whose memory does not grow with their length. */
const CLASSIC = { 'x-queue-type': 'classic', 'x-queue-version': 2 } as const;

/** What the broker itself gives up goes to another queue. */
function deadLetteredTo(queue: string): Arguments {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue };
}

/** A quorum queue keeps what it gives up until the other queue has confirmed it; this costs a process for each queue. */
const SAFELY = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' } as const;

/**
 * @param always what the queue has as either type, from the first version on
 * @param asQuorum what it has as a quorum queue, since the second
 */
function definition(
  name: string,
  type: QueueType,
  always: Arguments = {},
  asQuorum: Arguments = {},
): QueueDefinition {
  const quorum = { ...QUORUM, ...always };
  return type === 'classic'
    ? { name, arguments: { ...CLASSIC, ...always }, earlier: [], replaceable: false }
    : {
        name,
        arguments: { ...quorum, 'x-delivery-limit': DELIVERY_LIMIT, ...asQuorum },
        earlier: [quorum],
        replaceable: false,
      };
}

/**
 * A DP's order queue. A DP that polls and vanishes gives tickets back any number of times. Dead-lettering need not be safe:
 * tickets can always be made again from the database.
 */
export function orderQueueDefinition(dp: string, type: QueueType): QueueDefinition {
  return definition(orderQueue(dp), type, {}, deadLetteredTo(QUEUES.deadTickets));
}

/**
 * Calls, which their callers give up after a few seconds. On a cluster a quorum queue as well: a classic one would live on
 * one node, and its death would stop all claims.
 */
export function callQueueDefinition(queue: string, type: QueueType): QueueDefinition {
  const ttl = { 'x-message-ttl': CALL_TTL_MS };
  const ofType = type === 'quorum' ? { ...QUORUM, ...ttl } : ttl;
  return { name: queue, arguments: ofType, earlier: [], replaceable: true };
}

/** A durable queue of messages that must not be lost, with its retry and dead-letter queues. */
export function eventQueueDefinitions(queue: string, type: QueueType): QueueDefinition[] {
  const dead = deadQueue(queue);
  return [
    definition(dead, type),
    ...RETRY_DELAYS.map((delay) => retryQueueDefinition(queue, delay, type)),
    definition(queue, type, {}, { ...deadLetteredTo(dead), ...SAFELY }),
  ];
}

/** Nobody reads it: each message goes back to its queue when its time is up, also when that is away just then. */
function retryQueueDefinition(queue: string, delay: number, type: QueueType): QueueDefinition {
  const back = { 'x-message-ttl': delay * 1000, ...deadLetteredTo(queue) };
  return definition(retryQueue(queue, delay), type, back, SAFELY);
}

export function deadTicketsDefinition(type: QueueType): QueueDefinition {
  return definition(QUEUES.deadTickets, type);
}

export async function assertEventsExchange(channel: Channel): Promise<void> {
  await channel.assertExchange(EVENTS_EXCHANGE, 'topic', { durable: true });
}
