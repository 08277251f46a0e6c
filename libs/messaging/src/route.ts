import type { Channel } from 'amqplib';

/**
 * The way of a program's messages into queues. Who may write to RabbitMQ's default exchange may write to every queue, because
 * permissions are asked of the exchange alone: a program that must not takes a way of its own ({@link GatewayRoute}).
 */
export interface Route {
  /** Messages go there with the queue's name as their routing key. */
  readonly exchange: string;
  /** A channel that is about to publish on it is closed by the broker where there is no such exchange. */
  prepare(channel: Channel): Promise<unknown>;
  /** A message has come back because it found no queue. @returns whether there is a way to it now: send it once more */
  reroute(queue: string): Promise<boolean>;
}

/** The default exchange: always there, and leads to every queue. */
export const DEFAULT_ROUTE: Route = {
  exchange: '',
  prepare: () => Promise.resolve(),
  reroute: () => Promise.resolve(false),
};
