import type { Channel } from 'amqplib';
import type { BrokerConnection, ConnectionLog } from './broker-connection.js';
import { CallChannels } from './call-channels.js';
import { queueFault, QueueRefused } from './errors.js';
import type { Route } from './route.js';
import { GATEWAY_EXCHANGE, GATEWAY_QUEUES } from './topology.js';

/** A server makes the queues at its start; until all are there they are looked for this often, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * The way of a gateway's messages: an exchange of its own, which it binds to the few queues that it may write to. Binding
 * takes the right to write to the queue, so that a gateway's user cannot bind any other (deploy/rabbitmq/users.sh).
 */
export class GatewayRoute implements Route {
  readonly exchange = GATEWAY_EXCHANGE;
  private readonly calls: CallChannels;
  private readonly unbound = new Set<string>();
  private binding: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly log: ConnectionLog,
  ) {
    this.calls = new CallChannels(connection, 1);
    connection.onDisconnect(() => clearTimeout(this.timer));
    connection.keepChannel('gateway-route', false, async (channel) => {
      await this.prepare(channel);
      for (const queue of GATEWAY_QUEUES) this.unbound.add(queue);
      await this.bind();
    });
  }

  prepare(channel: Channel): Promise<unknown> {
    return channel.assertExchange(GATEWAY_EXCHANGE, 'direct', { durable: true });
  }

  /** Somebody has just made the queue, or has made it anew: bindings go with their queues. */
  async reroute(queue: string): Promise<boolean> {
    // a look that has begun may have missed it
    await this.binding;
    this.unbound.add(queue);
    await this.bind();
    return !this.unbound.has(queue);
  }

  private bind(): Promise<void> {
    return (this.binding ??= this.bindAll().finally(() => (this.binding = undefined)));
  }

  private async bindAll(): Promise<void> {
    clearTimeout(this.timer);
    for (const queue of this.unbound) {
      try {
        await this.calls.run(async (channel) => {
          await channel.bindQueue(queue, GATEWAY_EXCHANGE, queue).catch((error: unknown) => {
            throw queueFault(queue, error);
          });
        });
        this.unbound.delete(queue);
      } catch (error) {
        // a server that has not started yet is nothing to tell of
        if (error instanceof QueueRefused && !error.isMissing) this.log.error(error.message);
      }
    }
    if (this.unbound.size > 0 && this.connection.isConnected)
      this.timer = setTimeout(() => void this.bind(), LOOK_MS).unref();
  }
}
