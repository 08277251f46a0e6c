import type { Channel } from 'amqplib';
import { currentTime } from '#runtime';
import type { BrokerConnection } from './broker-connection.js';
import { DEFAULT_ROUTE, type Route } from './route.js';

/** A time in which nothing could be said over the broker. */
export interface BrokerGap {
  since: Date;
  /** Null: it lasts. */
  until: Date | null;
}

/** A broker that is blocked says so only to those who publish. */
const PULSE_MS = 2_000;
/** No queue has this name: the broker drops what is sent there. */
const NOWHERE = 'relaypoint.pulse';
/** Shorter ones delay a message, and lose none; a program's start has one as well. */
const SHORTEST_MS = 5_000;
/** Remembered at most. */
const MOST = 100;

/** When the broker was away or blocked while this program ran: what was not heard then says nothing of who should have spoken. */
export class BrokerGaps {
  private readonly past: BrokerGap[] = [];
  private since: Date | undefined;
  private channel: Channel | undefined;

  constructor(
    private readonly connection: BrokerConnection,
    private readonly route: Route = DEFAULT_ROUTE,
  ) {
    connection.keepChannel('pulse', false, async (channel) => {
      await route.prepare(channel);
      this.channel = channel;
    });
    setInterval(() => this.pulse(), PULSE_MS).unref();
    this.look();
  }

  /** The newest first. */
  get all(): readonly BrokerGap[] {
    this.look();
    return this.since ? [{ since: this.since, until: null }, ...this.past] : this.past;
  }

  private pulse(): void {
    this.look();
    if (this.since) return;
    try {
      this.channel?.publish(this.route.exchange, NOWHERE, Buffer.alloc(0));
    } catch {
      // The channel has just closed
    }
  }

  private look(): void {
    const isGap = this.connection.trouble !== undefined;
    if (isGap) this.since ??= currentTime();
    else if (this.since) this.end(this.since, currentTime());
  }

  private end(since: Date, until: Date): void {
    this.since = undefined;
    if (until.getTime() - since.getTime() < SHORTEST_MS) return;
    this.past.unshift({ since, until });
    this.past.splice(MOST);
  }
}
