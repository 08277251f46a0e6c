import { Injectable } from '@nestjs/common';
import type { Rollout } from '#domain';
import { RolloutMemberRepository } from '#persistence';
import { currentTime } from '#runtime';
import type { Language } from '#texts';
import type { InLanguage } from '../../platform/http/request-language.js';
import { rolloutDto } from './rollout-view.js';
import type { RolloutDto } from './rollout.dto.js';

/** Rollouts as the API shows them, with their members counted. */
@Injectable()
export class RolloutViews {
  constructor(private readonly members: RolloutMemberRepository) {}

  async shown(rollout: Rollout, language: Language): Promise<RolloutDto> {
    return (await this.inLanguages(rollout))(language);
  }

  async inLanguages(rollout: Rollout): Promise<InLanguage<RolloutDto>> {
    const now = currentTime();
    const tally = await this.members.tally(rollout.id, rollout.countedFrom, now);
    return (language) => rolloutDto(rollout, tally, now, language);
  }
}
