import { isDeepStrictEqual } from 'node:util';
import { Injectable, Logger } from '@nestjs/common';
import type { AgentInfo, ShownContradiction, SightingsMessage } from '#contract';
import {
  type AuditContradiction,
  type DistributionPoint,
  DomainError,
  type DpAgentInfo,
  type DpId,
  machineOf,
  noteContradiction,
  openContradictions,
} from '#domain';
import { DistributionPointRepository, updateWithRetry } from '#persistence';
import { AuditCheckpoints, pointOf } from '../audit/audit-checkpoints.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';

const MISSING = 'notFound.dp';

/** When DPs were seen last, and what they say of themselves; told by gateways. */
@Injectable()
export class HeartbeatsService {
  private readonly log = new Logger(HeartbeatsService.name);

  /** Of which the log has said so: each poll may say it. */
  private readonly unproven = new Set<DpId>();

  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly feed: ChangeFeed,
    private readonly audit: AuditService,
    private readonly checkpoints: AuditCheckpoints,
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
        agent ? [this.noteSaid(dp as DpId, machine, agent, now)] : [],
      ),
    );
  }

  /** Most DPs say after each start what is known already: then nothing is written, and nobody has to ask for them again. */
  private async noteSaid(
    id: DpId,
    machine: string | undefined,
    { contradiction: shown, ...agent }: AgentInfo,
    now: Date,
  ): Promise<void> {
    try {
      const contradiction = shown && (await this.news(id, machine, shown, now));
      const { before, after } = await updateWithRetry(
        () => this.dps.findById('all', id),
        (dp) => {
          const said = saidBy(dp, machine, agent);
          return contradiction && isEnabled(dp, machine)
            ? (noteContradiction(said ?? dp, contradiction, now) ?? said)
            : said;
        },
        (dp) => this.dps.replace(dp),
        MISSING,
      );
      if (after !== before) this.feed.changed('dp', id, after.tenant);
    } catch (error) {
      // It was deleted since it asked
      if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
    }
  }

  /**
   * What a DP shows of the audit, when that is news and proven. The audit tells it once, until somebody has accepted it; for the
   * installation: whoever has changed its audit has done so to all tenants.
   */
  private async news(
    id: DpId,
    machine: string | undefined,
    shown: ShownContradiction,
    now: Date,
  ): Promise<AuditContradiction | null> {
    const dp = await this.dps.findById('all', id);
    if (!dp || !isEnabled(dp, machine)) return null;
    const { had, has } = shown;
    // before signatures are verified: what is known costs nothing
    if (!noteContradiction(dp, { had: pointOf(had), has: pointOf(has), at: has.at }, now)) return null;
    const proven = await this.checkpoints.proven(shown);
    if (!proven) {
      if (!this.unproven.has(id))
        this.log.warn(
          { dp: id },
          'a DP says that the audit contradicts itself, and what it shows is no proof',
        );
      this.unproven.add(id);
      return null;
    }
    this.log.error({ dp: id, ...proven }, 'a DP was told an audit that contradicts what it was told before');
    // before it is noted: should the server die in between, it is told twice, and not never
    if (openContradictions(dp).length === 0)
      await this.audit.record(null, 'audit.contradicted', `dp:${id}`, { ...proven });
    return proven;
  }
}

/** Of a machine that is none of the DP's any more, or that nobody has enabled, nothing is believed. */
function isEnabled(dp: DistributionPoint, machine: string | undefined): boolean {
  return machineOf(dp, machine)?.state === 'enabled';
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
