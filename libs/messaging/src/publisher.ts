import type { BrokerConnection } from './broker-connection.js';
import { Destination, type Outgoing } from './destination.js';
import { Unroutable } from './errors.js';
import { DEFAULT_ROUTE, type Route } from './route.js';

/** How long a queue's channel stays open without a message, in milliseconds. */
const IDLE_MS = 30_000;
/** Channels open at once; one more closes the one that has been idle for longest. A connection may have 2,047. */
const MOST_CHANNELS = 1_000;

/**
 * Publishes persistent, mandatory messages and waits for the broker's confirm, many at a time. Nothing is buffered while
 * the broker is away: the caller is told at once and decides. Each queue has a channel of its own, because one that does
 * not confirm (a quorum queue without a majority) can stop the whole channel in the broker; so it holds up no other one's.
 */
export class Publisher {
  /** Those used last at the end. */
  private readonly destinations = new Map<string, Destination>();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly route: Route = DEFAULT_ROUTE,
  ) {
    connection.onDisconnect(() => this.endAll('the connection to the broker was lost'));
    this.timer = setInterval(() => this.lookAround(), 1_000).unref();
  }

  /**
   * Resolves when the broker has confirmed the message and the queue holds it. Messages to one queue arrive in the order of
   * the calls, but for those that found no way at first.
   *
   * @throws BrokerUnavailable when it is away, blocked, or did not confirm in time (the message may be there)
   * @throws Unroutable when the queue did not take it
   */
  async publish(message: Outgoing & { queue: string }): Promise<void> {
    try {
      await this.send(message);
    } catch (error) {
      if (!(error instanceof Unroutable) || !(await this.route.reroute(message.queue))) throw error;
      await this.send(message);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.endAll('the publisher is closed');
  }

  private async send({ queue, ...message }: Outgoing & { queue: string }): Promise<void> {
    this.connection.check();
    const destination = this.destinations.get(queue) ?? this.newDestination(queue);
    this.destinations.delete(queue);
    this.destinations.set(queue, destination);
    await destination.publish(message);
  }

  private newDestination(queue: string): Destination {
    if (this.destinations.size >= MOST_CHANNELS) this.endIdle(0, 1);
    return new Destination(this.connection, this.route, queue, (ended) => {
      if (this.destinations.get(queue) === ended) this.destinations.delete(queue);
    });
  }

  private lookAround(): void {
    for (const destination of this.destinations.values()) destination.expire();
    this.endIdle(IDLE_MS, Infinity);
  }

  private endIdle(ms: number, most: number): void {
    const idle = [...this.destinations.values()].filter(({ idleMs }) => idleMs > ms);
    for (const destination of idle.slice(0, most)) destination.end('idle');
  }

  private endAll(why: string): void {
    for (const destination of this.destinations.values()) destination.end(why);
  }
}
