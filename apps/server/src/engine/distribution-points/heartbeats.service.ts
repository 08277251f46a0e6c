import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { SightingsMessage } from '#contract';
import { DomainError, type DpAgentInfo, type DpId } from '#domain';
import { DistributionPointRepository, updateWithRetry } from '#persistence';
import { ChangeFeed } from '../../platform/events/change-feed.js';

const MISSING = 'notFound.dp';

/** When DPs were seen last, and what they say of themselves; told by gateways. */
@Injectable()
export class HeartbeatsService {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly feed: ChangeFeed,
  ) {}

  /**
   * Notes sightings; an older one than the stored one changes nothing. They are no state changes, so they do not touch
   * the revision: an administrator's change must not lose its race against every poll.
   *
   * @param now a gateway whose clock is ahead sees no DP later than this
   */
  async note({ sightings, clocks = [] }: SightingsMessage, now: Date): Promise<void> {
    const seenAt = (at: string): Date => new Date(Math.min(Date.parse(at), now.getTime()));
    await this.dps.noteSightings(
      sightings.map(({ dp, at, address, running }) => ({
        id: dp as DpId,
        sighting: { at: seenAt(at), address, running },
      })),
    );
    await this.dps.noteClocks(
      clocks.map(({ dp, at, off }) => ({ id: dp as DpId, clock: { at: seenAt(at), off } })),
    );
    await Promise.all(
      sightings.flatMap(({ dp, agent }) => (agent ? [this.noteAgent(dp as DpId, agent)] : [])),
    );
  }

  /** Most DPs say after each start what is known already: then nothing is written, and nobody has to ask for them again. */
  private async noteAgent(id: DpId, agent: DpAgentInfo): Promise<void> {
    try {
      const { before, after } = await updateWithRetry(
        () => this.dps.findById('all', id),
        (dp) => (isSame(dp.agent, agent) ? null : { ...dp, agent }),
        (dp) => this.dps.replace(dp),
        MISSING,
      );
      if (after !== before) this.feed.changed('dp', id, after.tenant);
    } catch (error) {
      // It was deleted since it asked
      if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
    }
  }
}

function isSame(known: DpAgentInfo | null, said: DpAgentInfo): boolean {
  const whole = (agent: DpAgentInfo): DpAgentInfo => ({ ...agent, localAccounts: agent.localAccounts ?? 0 });
  return known !== null && isDeepStrictEqual(whole(known), whole(said));
}
