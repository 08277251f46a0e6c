import { ApiProperty } from '@nestjs/swagger';
import {
  FAILURE_CODES,
  MEMBER_STATES,
  PAUSE_KINDS,
  PHASES,
  ROLLOUT_KINDS,
  ROLLOUT_STATES,
  SKIP_REASONS,
} from '#domain';
import { OBSTACLES } from '../../engine/rollouts/rollout-plans.js';
import { Page } from '../../platform/http/page.dto.js';
import { WindowDto } from '../settings/settings.dto.js';
import { StopRuleDto } from './rollout-input.dto.js';

const TIME = { type: String, format: 'date-time', nullable: true } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

/** Members by how they stand. */
export class RolloutCountsDto {
  @ApiProperty({ ...COUNT, description: 'Whose turn has not come.' })
  waiting: number;
  @ApiProperty({ ...COUNT, description: 'Released, without a result.' })
  underWay: number;
  @ApiProperty({ ...COUNT, description: 'Registered or ready.' })
  good: number;
  @ApiProperty({ ...COUNT, description: 'Failed, failing, or silent.' })
  bad: number;
  @ApiProperty({ ...COUNT, description: 'Off, or their DP does not ask.' })
  absent: number;
  @ApiProperty({ ...COUNT, description: 'Left out.' })
  skipped: number;
}

export class RolloutWaveDto {
  @ApiProperty(COUNT)
  size: number;
  @ApiProperty({ enum: ['auto', 'person'] })
  gate: string;
  @ApiProperty(TIME)
  begunAt: string | null;
  @ApiProperty({ ...TIME, description: 'Since when its share has been reached.' })
  provenAt: string | null;
  @ApiProperty({ ...TIME, description: 'When the next one began.' })
  passedAt: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'Null: by itself.' })
  passedBy: string | null;
  @ApiProperty({ type: RolloutCountsDto })
  counts: RolloutCountsDto;
}

export class WaveProofDto {
  @ApiProperty({ type: 'integer' })
  share: number;
  @ApiProperty({ enum: ['registered', 'ready'] })
  state: string;
  @ApiProperty({ type: 'integer' })
  settle: number;
}

export class ShownIncreaseDto {
  @ApiProperty({ type: 'integer' })
  percent: number;
  @ApiProperty({ type: 'integer' })
  every: number;
}

export class PaceDto {
  @ApiProperty({ type: 'integer', nullable: true })
  perMinute: number | null;
  @ApiProperty({ type: 'integer', nullable: true })
  perDpMinute: number | null;
  @ApiProperty({ type: ShownIncreaseDto, nullable: true })
  increase: ShownIncreaseDto | null;
}

/** What a stop rule has seen. */
export class StopEvidenceDto {
  @ApiProperty({
    type: 'integer',
    description: 'Which of `stops`, from 0; -1: none, the wave could not prove itself.',
  })
  rule: number;
  @ApiProperty(COUNT)
  failures: number;
  @ApiProperty(COUNT)
  results: number;
  @ApiProperty({ enum: FAILURE_CODES, nullable: true, description: 'What was seen most; null: silence.' })
  code: string | null;
}

/** Why it is paused or was aborted. */
export class RolloutStopDto {
  @ApiProperty({ enum: PAUSE_KINDS })
  kind: string;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null: by itself.' })
  by: string | null;
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
  @ApiProperty({ type: StopEvidenceDto, nullable: true })
  evidence: StopEvidenceDto | null;
  @ApiProperty({ description: 'The same in words.' })
  text: string;
}

export class StoppedDpDto {
  @ApiProperty()
  dp: string;
  @ApiProperty({ format: 'date-time' })
  at: string;
  @ApiProperty({ type: StopEvidenceDto })
  evidence: StopEvidenceDto;
}

/** A release of many computers that goes by itself, and stops itself. */
export class RolloutDto {
  @ApiProperty()
  id: string;
  @ApiProperty()
  tenant: string;
  @ApiProperty()
  name: string;
  @ApiProperty({ enum: ROLLOUT_STATES })
  state: string;
  @ApiProperty({ enum: ROLLOUT_KINDS })
  kind: string;
  @ApiProperty({ type: String, nullable: true })
  release: string | null;
  @ApiProperty()
  growing: boolean;
  @ApiProperty(COUNT)
  size: number;
  @ApiProperty({ type: RolloutCountsDto })
  counts: RolloutCountsDto;
  @ApiProperty({ ...COUNT, description: 'Which wave is under way, from 0.' })
  wave: number;
  @ApiProperty({ type: [RolloutWaveDto] })
  waves: RolloutWaveDto[];
  @ApiProperty({ type: WaveProofDto })
  proof: WaveProofDto;
  @ApiProperty({ type: PaceDto })
  pace: PaceDto;
  @ApiProperty({ type: [StopRuleDto] })
  stops: StopRuleDto[];
  @ApiProperty({ type: 'integer' })
  silentAfter: number;
  @ApiProperty({ type: RolloutStopDto, nullable: true, description: 'Why it is paused or was aborted.' })
  cause: RolloutStopDto | null;
  @ApiProperty({
    type: [StoppedDpDto],
    description: 'DPs whose part was stopped, while it goes on elsewhere.',
  })
  stoppedDps: StoppedDpDto[];
  @ApiProperty(TIME)
  startAt: string | null;
  @ApiProperty({ type: [WindowDto] })
  windows: WindowDto[];
  @ApiProperty(TIME)
  deadline: string | null;
  @ApiProperty({ type: 'integer' })
  priority: number;
  @ApiProperty({
    ...TIME,
    description: 'When the last one will have ended, as it goes now; null: nobody can tell.',
  })
  eta: string | null;
  @ApiProperty()
  requestedBy: string;
  @ApiProperty({ type: String, nullable: true })
  note: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The rollout whose failed members these are.' })
  retryOf: string | null;
  @ApiProperty({ format: 'date-time' })
  createdAt: string;
  @ApiProperty(TIME)
  begunAt: string | null;
  @ApiProperty(TIME)
  endedAt: string | null;
  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class RolloutPage extends Page(RolloutDto) {}

export class RolloutHintDto {
  @ApiProperty()
  en: string;
  @ApiProperty()
  de: string;
}

/** What members failed with. */
export class RolloutCauseDto {
  @ApiProperty({ enum: FAILURE_CODES })
  code: string;
  @ApiProperty({ enum: PHASES, nullable: true })
  phase: string | null;
  @ApiProperty(COUNT)
  count: number;
  @ApiProperty({ type: String, nullable: true, description: 'What one of them said.' })
  output: string | null;
  @ApiProperty({ description: 'A computer that failed with it.' })
  computer: string;
  @ApiProperty({ type: RolloutHintDto, description: 'What to do about it.' })
  hint: RolloutHintDto;
}

/** What keeps computers waiting although their turn has come. */
export class RolloutHoldDto {
  @ApiProperty({ description: 'As `heldBack.code` of an order.' })
  code: string;
  @ApiProperty()
  dp: string;
  @ApiProperty(COUNT)
  count: number;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the first of them is looked at again; null: when a person or an event lifts it.',
  })
  until: string | null;
}

export class RolloutDetailDto extends RolloutDto {
  @ApiProperty({ type: [RolloutCauseDto], description: 'The commonest first.' })
  causes: RolloutCauseDto[];

  @ApiProperty({
    type: [RolloutHoldDto],
    required: false,
    description: 'What the computers whose turn has come wait for, of the first 500 of them; the most first.',
  })
  heldBack?: RolloutHoldDto[];
}

export class RolloutMemberDto {
  @ApiProperty()
  computer: string;
  @ApiProperty()
  name: string;
  @ApiProperty()
  dp: string;
  @ApiProperty(COUNT)
  wave: number;
  @ApiProperty({ enum: MEMBER_STATES })
  state: string;
  @ApiProperty({ type: String, nullable: true })
  order: string | null;
  @ApiProperty({ enum: FAILURE_CODES, nullable: true })
  code: string | null;
  @ApiProperty({ enum: PHASES, nullable: true })
  phase: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'What the computer said.' })
  output: string | null;
  @ApiProperty({ enum: SKIP_REASONS, nullable: true, description: 'Why it was left out.' })
  skipped: string | null;
  @ApiProperty(TIME)
  startedAt: string | null;
  @ApiProperty(TIME)
  resultAt: string | null;
}

export class RolloutMemberPage extends Page(RolloutMemberDto) {}

export class PlannedDpDto {
  @ApiProperty()
  dp: string;
  @ApiProperty(COUNT)
  count: number;
  @ApiProperty()
  enabled: boolean;
  @ApiProperty({ description: 'It has not asked for longer than it should.' })
  isSilent: boolean;
  @ApiProperty({
    type: [String],
    description: 'Labels of the accounts that it can open, in the order in which they are tried.',
  })
  accounts: string[];
  @ApiProperty({
    ...TIME,
    description:
      'When it can begin: the rollout has begun, and its maintenance windows and those of the rollout are both open; null: at once, or never (`WINDOWS_APART`).',
  })
  windowOpensAt: string | null;
}

/** What stands in the way of some computers. */
export class ObstacleDto {
  @ApiProperty({ enum: OBSTACLES })
  code: string;
  @ApiProperty()
  dp: string;
  @ApiProperty({
    description:
      'These are left out of the rollout; what else stands in the way can be mended until their turn comes.',
  })
  isLeftOut: boolean;
  @ApiProperty(COUNT)
  count: number;
  @ApiProperty({ type: [String], description: 'Names of a few of them.' })
  names: string[];
  @ApiProperty({ description: 'In words.' })
  text: string;
}

/** What a rollout would be. */
export class RolloutPlanDto {
  @ApiProperty()
  tenant: string;
  @ApiProperty({ type: String, nullable: true })
  release: string | null;
  @ApiProperty(COUNT)
  size: number;
  @ApiProperty({ type: 'array', items: COUNT, description: 'Members of each wave.' })
  waves: number[];
  @ApiProperty({ type: [PlannedDpDto] })
  dps: PlannedDpDto[];
  @ApiProperty({ type: [ObstacleDto] })
  obstacles: ObstacleDto[];
}

export class MembersChangedDto {
  @ApiProperty({ ...COUNT, description: 'How many were changed; whose turn had come stays as it is.' })
  changed: number;
}
