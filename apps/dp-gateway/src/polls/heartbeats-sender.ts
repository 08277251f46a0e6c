import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { SightingsMessage } from '#contract';
import { EventSender, QUEUES } from '#messaging';
import { currentTime } from '#runtime';
import { Clocks } from '../identity/clocks.js';
import { callerKey } from '../identity/identity-cache.js';
import { Heartbeats, type Seen } from './heartbeats.js';

const SEND_EVERY_MS = 1_000;

/** Tells the server which DPs asked; those in a long poll count as asking all the time. */
@Injectable()
export class HeartbeatsSender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sightings = new Heartbeats();
  private readonly waiting = new Map<string, Seen>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly events: EventSender,
    private readonly clocks: Clocks,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.send(), SEND_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.send(Infinity);
  }

  /** A DP asks; it is seen until its poll ends. */
  begin({ agent, ...here }: Seen): { end: () => void } {
    this.sightings.note({ ...here, agent }, currentTime().toISOString(), performance.now());
    const caller = callerKey(here);
    this.waiting.set(caller, here);
    return {
      end: () => {
        if (this.waiting.get(caller) === here) this.waiting.delete(caller);
      },
    };
  }

  /** @param due what is due until then, by the steady clock; Infinity: all */
  private async send(due?: number): Promise<void> {
    const at = currentTime().toISOString();
    const now = performance.now();
    for (const seen of this.waiting.values()) this.sightings.note(seen, at, now);
    for (const message of this.sightings.takeMessages(due ?? now)) {
      await this.events
        .send(QUEUES.status, 'sightings', message)
        .catch(() => this.sightings.putBack(message));
    }
    const clocks = this.clocks.take();
    if (clocks.length > 0) {
      const message: SightingsMessage = { v: 1, sightings: [], clocks };
      await this.events.send(QUEUES.status, 'sightings', message).catch(() => undefined);
    }
  }
}
