import { FAILURE_CODES, MEMBER_STATES, ROLLOUT_STATES } from '#domain';
import { ROLLOUT_SORT_FIELDS } from '#persistence';
import {
  IntegerField,
  Name,
  OneOf,
  QueryWhole,
  Slug,
  Text,
  TextList,
  Time,
} from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';

const IDS = { items: { min: 1, max: 40 }, min: 1, max: 10_000 } as const;
const OPTIONAL = { optional: true, nullable: true } as const;

export class RolloutNoteDto {
  @Text({ ...OPTIONAL, max: 1000, description: 'Why, for those who look at it later.' })
  note?: string | null;
}

export class ResumeRolloutDto {
  @TextList({
    ...OPTIONAL,
    items: { min: 1, max: 40 },
    min: 1,
    max: 1000,
    description: 'Only these DPs whose part was stopped; absent: all.',
  })
  dps?: string[] | null;
}

export class NextWaveDto {
  @IntegerField({
    optional: true,
    min: 0,
    max: 1000,
    description:
      'The wave that was seen as the present one, from 0: where a later one has begun since, nothing more begins. Absent: whichever is the present one.',
  })
  wave?: number;
}

export class ShiftRolloutDto {
  @Time({ nullable: true, description: 'When it begins; null: now.' })
  startAt: string | null;
}

/** Whom to leave out: one of these. */
export class SkipMembersDto {
  @TextList({ optional: true, ...IDS })
  computers?: string[];

  @IntegerField({ optional: true, min: 0, max: 1000, description: 'A wave, from 0.' })
  wave?: number;

  @Slug({ optional: true, description: 'A DP.' })
  dp?: string;
}

export class MoveMembersDto {
  @TextList(IDS)
  computers: string[];

  @IntegerField({ min: 0, max: 1000, description: 'The wave, from 0.' })
  wave: number;
}

export class RetryFailedDto {
  @Name({ optional: true, description: 'Absent: as the one before.' })
  name?: string;
}

export class RolloutsQuery extends ListQuery {
  @Sort(ROLLOUT_SORT_FIELDS)
  sort?: string;

  @Slug({ optional: true, description: 'Tenant it belongs to.' })
  tenant?: string;

  @OneOf(ROLLOUT_STATES, { optional: true, description: 'State they are in.' })
  state?: string;
}

export class MembersQuery extends ListQuery {
  @OneOf(MEMBER_STATES, { optional: true, description: 'State they are in.' })
  state?: string;

  @QueryWhole({ min: 0, max: 1000, description: 'A wave, from 0.' })
  wave?: number;

  @Slug({ optional: true, description: 'DP that installs them.' })
  dp?: string;

  @OneOf(FAILURE_CODES, { optional: true, description: 'What they failed with.' })
  code?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}
