import { Injectable } from '@nestjs/common';
import { type NewNotice, type Rollout, rolloutCounts } from '#domain';
import { RolloutMemberRepository, RolloutRepository } from '#persistence';
import { Notices } from '../notices/notices.service.js';

/** What ended longer ago was told then, or is no news any more. */
const NEWS_MS = 24 * 60 * 60_000;
const MOST = 500;

/** Tells people of rollouts that stopped themselves, and that are finished. */
@Injectable()
export class RolloutNotices {
  /** Stops that this process knows to be told of. */
  private readonly told = new Set<string>();

  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly members: RolloutMemberRepository,
    private readonly notices: Notices,
  ) {}

  /** Those that have ended: whoever saw it may have died before it was told. */
  async watchEnded(now: Date): Promise<void> {
    const since = new Date(now.getTime() - NEWS_MS);
    for (const rollout of await this.rollouts.endedSince(since, MOST)) await this.watch(rollout, now);
  }

  /** Looked at again and again while a rollout stands still, so that no crash keeps it from being told. */
  async watch(rollout: Rollout, now: Date): Promise<void> {
    const { id, tenant, name, state, cause, size, endedAt, countedFrom } = rollout;
    const stands = state === 'paused' || state === 'aborting' || state === 'aborted';
    const stopped = stands && cause?.by === null ? cause.at : null;
    const at = stopped ?? (state === 'finished' ? endedAt : null);
    if (!at) return;
    const occurrence = at.toISOString();
    if (this.told.has(`${id} ${occurrence}`)) return;
    const { bad } = rolloutCounts((await this.members.tally(id, countedFrom, now)).rows);
    const facts = { rollout: id, name, failed: bad, computers: size };
    const about = { tenant, subject: `rollout:${id}`, occurrence };
    const happening: NewNotice = stopped
      ? {
          ...about,
          kind: 'rollout-stopped',
          facts: { ...facts, ...(state !== 'paused' && { ended: 'aborted' }) },
        }
      : { ...about, kind: 'rollout-finished', facts };
    await this.notices.raise([happening], now);
    this.told.add(`${id} ${occurrence}`);
  }
}
