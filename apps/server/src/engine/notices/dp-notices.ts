import { Injectable } from '@nestjs/common';
import { type DistributionPoint, type DpId, lastSignOf, type NewNotice, type NoticeFacts } from '#domain';
import { NoticeRepository } from '#persistence';
import { Notices } from './notices.service.js';

/** Tells of DPs that do not ask, and that they do again. */
@Injectable()
export class DpNotices {
  constructor(
    private readonly notices: NoticeRepository,
    private readonly raised: Notices,
  ) {}

  /**
   * @param dps all of them
   * @param overdue those that are overdue now, with their last sign of life: it makes this silence another one than the last
   */
  async watch(dps: readonly DistributionPoint[], overdue: ReadonlyMap<DpId, Date>, now: Date): Promise<void> {
    const byId = new Map(dps.map((dp) => [dp.id, dp]));
    const silent = [...overdue].flatMap(([id, lastSign]): NewNotice[] => {
      const dp = byId.get(id);
      if (!dp) return [];
      const lastSeen = lastSign.toISOString();
      const facts = { dp: id, name: dp.name, lastSeen };
      return [{ kind: 'dp-overdue', tenant: dp.tenant, subject: `dp:${id}`, occurrence: lastSeen, facts }];
    });
    await this.raised.raise(silent, now);
    for (const notice of await this.notices.open('dp-overdue')) {
      const facts = notice.facts as NoticeFacts['dp-overdue'];
      const dp = byId.get(facts.dp as DpId);
      const sign = dp && lastSignOf(dp);
      const isWatched = dp?.state === 'enabled' && sign;
      if (isWatched && (overdue.has(dp.id) || sign.toISOString() === facts.lastSeen)) continue;
      // one that was disabled or deleted is missed by nobody
      if (isWatched) {
        const { subject, tenant } = notice;
        const back = { dp: dp.id, name: dp.name, lastSeen: facts.lastSeen, seenAgain: sign.toISOString() };
        await this.raised.raise(
          [{ kind: 'dp-back', tenant, subject, occurrence: facts.lastSeen, facts: back }],
          now,
        );
      }
      await this.notices.replace({ ...notice, open: false });
    }
  }
}
