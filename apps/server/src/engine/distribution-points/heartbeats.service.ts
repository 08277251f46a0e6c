import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import type { SightingsMessage } from '#contract';
import { type DistributionPoint, DomainError, type DpAgentInfo, type DpId, machineOf } from '#domain';
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
      sightings.map(({ dp, machine, at, address, running }) => ({
        id: dp as DpId,
        machine,
        sighting: { at: seenAt(at), address, running },
      })),
    );
    await this.dps.noteClocks(
      clocks.map(({ dp, machine, at, off }) => ({ id: dp as DpId, machine, clock: { at: seenAt(at), off } })),
    );
    await Promise.all(
      sightings.flatMap(({ dp, machine, agent }) =>
        agent ? [this.noteAgent(dp as DpId, machine, agent)] : [],
      ),
    );
  }

  /** Most DPs say after each start what is known already: then nothing is written, and nobody has to ask for them again. */
  private async noteAgent(id: DpId, machine: string | undefined, agent: DpAgentInfo): Promise<void> {
    try {
      const { before, after } = await updateWithRetry(
        () => this.dps.findById('all', id),
        (dp) => saidBy(dp, machine, agent),
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

/** Null: it is known, or it was said by a machine that is none of the DP's any more. */
function saidBy(
  dp: DistributionPoint,
  machine: string | undefined,
  agent: DpAgentInfo,
): DistributionPoint | null {
  const one = machineOf(dp, machine);
  if (!one || isSame(one.agent, agent)) return null;
  const { second } = dp;
  if (second?.keys.sealingKeyId !== one.keys.sealingKeyId) return { ...dp, agent };
  return { ...dp, second: { ...second, agent } };
}

function isSame(known: DpAgentInfo | null, said: DpAgentInfo): boolean {
  const whole = (agent: DpAgentInfo): DpAgentInfo => ({ ...agent, localAccounts: agent.localAccounts ?? 0 });
  return known !== null && isDeepStrictEqual(whole(known), whole(said));
}
