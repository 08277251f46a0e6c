import { Injectable } from '@nestjs/common';
import type { IdentityAnswer } from '#contract';
import { DomainError, type DpId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { dpStatus } from './dp-status.js';

/** What gateways need to know of a DP to let it in and to pace its polls. */
@Injectable()
export class DpIdentityService {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly settings: SettingsService,
  ) {}

  /** @throws DomainError NOT_FOUND when there is no such DP, or it has not joined */
  async identityOf(id: DpId): Promise<IdentityAnswer> {
    const dp = await this.dps.findById('all', id);
    if (!dp?.keys) throw new DomainError('NOT_FOUND', 'notFound.dp');
    const { pollInterval, pollJitter, longPoll } = await this.settings.forDpNow(dp.tenant, dp.id);
    return {
      dp: dp.id,
      status: dpStatus(dp),
      signingKey: dp.keys.signing,
      settings: { pollInterval, pollJitter, longPoll },
    };
  }
}
