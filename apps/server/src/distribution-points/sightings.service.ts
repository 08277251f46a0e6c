import { Injectable } from '@nestjs/common';
import type { SightingsMessage } from '#contract';
import type { DpId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import { ChangeFeed } from '../events/change-feed.js';

/** When DPs were seen last, and what they say of themselves; told by gateways once a second. */
@Injectable()
export class Sightings {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Notes sightings; an older one than the stored one changes nothing. These are no state changes, so they do not touch
   * the revision: an administrator's change must not lose its race against every poll.
   */
  async note({ sightings }: SightingsMessage): Promise<void> {
    await this.dps.noteSightings(
      sightings.map(({ dp, at, address, running, agent }) => ({
        id: dp as DpId,
        sighting: { at: new Date(at), address, running },
        agent: agent ?? null,
      })),
    );
    // Gateways ask for a DP again when it changed; being seen is no reason to.
    for (const { dp, agent } of sightings) if (agent) this.feed.changed('dp', dp, null);
  }
}
