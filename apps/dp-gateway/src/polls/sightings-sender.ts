import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import type { AgentInfo } from '#contract';
import { EventSender, QUEUES } from '#messaging';
import { Sightings } from './sightings.js';

const SEND_EVERY_MS = 1_000;

/** Tells the server once a second which DPs asked; those in a long poll count as asking all the time. */
@Injectable()
export class SightingsSender implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly sightings = new Sightings();
  private readonly waiting = new Map<string, { address: string; running: number }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly events: EventSender) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.send(), SEND_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.send();
  }

  /** A DP asks; it is seen until its poll ends. */
  begin(dp: string, address: string, running: number, agent: AgentInfo | undefined): { end: () => void } {
    this.sightings.note(dp, new Date().toISOString(), address, running, agent);
    const here = { address, running };
    this.waiting.set(dp, here);
    return {
      end: () => {
        if (this.waiting.get(dp) === here) this.waiting.delete(dp);
      },
    };
  }

  private async send(): Promise<void> {
    const at = new Date().toISOString();
    for (const [dp, { address, running }] of this.waiting) this.sightings.note(dp, at, address, running);
    for (const message of this.sightings.takeMessages()) {
      await this.events
        .send(QUEUES.status, 'sightings', message)
        .catch(() => this.sightings.putBack(message));
    }
  }
}
