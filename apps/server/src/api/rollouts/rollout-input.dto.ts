import { FAILURE_CODES, PHASES, RETRY_CLASSES, ROLLOUT_KINDS, type RolloutKind } from '#domain';
import { ComputerFilterDto } from '../computers/computer-query.dto.js';
import { WindowDto } from '../settings/settings.dto.js';
import {
  BooleanField,
  IntegerField,
  Name,
  NestedField,
  NestedListField,
  OneOf,
  Text,
  TextList,
  Time,
} from '../../platform/http/fields.js';

const MOST_COMPUTERS = 10_000;
const MINUTE = 60;
const WEEK = 7 * 24 * 60 * MINUTE;
const IDS = { items: { min: 1, max: 40 }, min: 1, max: MOST_COMPUTERS } as const;
const OPTIONAL = { optional: true, nullable: true } as const;

const listOf = (values: readonly string[]) => ({
  items: {
    min: 1,
    max: 40,
    pattern: `^(?:${values.join('|')})$`,
    means: { key: 'what.oneOf', params: { values } },
  } as const,
  min: 1,
  max: values.length,
  unique: true,
});

/** Who is in a wave: one of the sizes, or DPs or computers, or both of a kind. */
export class WaveInputDto {
  @IntegerField({ ...OPTIONAL, min: 1, max: 1_000_000, description: 'So many, of every DP about as many.' })
  count?: number | null;

  @IntegerField({ ...OPTIONAL, min: 1, max: 100, description: 'So many percent of all.' })
  percent?: number | null;

  @TextList({
    ...OPTIONAL,
    items: { min: 1, max: 40 },
    min: 1,
    max: 1000,
    description: 'Only those of these DPs.',
  })
  dps?: string[] | null;

  @TextList({ ...OPTIONAL, ...IDS, description: 'Only these computers.' })
  computers?: string[] | null;

  @OneOf(['auto', 'person'], {
    optional: true,
    description:
      'Whether the next wave begins by itself once this one has proved itself (`auto`, the default), or a person begins it.',
  })
  gate?: 'auto' | 'person';
}

export class WaveProofInputDto {
  @IntegerField({
    optional: true,
    min: 1,
    max: 100,
    description:
      'Percent of the wave that must get there; computers that are off do not count. 90 by default.',
  })
  share?: number;

  @OneOf(['registered', 'ready'], { optional: true, description: '`registered` by default.' })
  state?: 'registered' | 'ready';

  @IntegerField({
    optional: true,
    min: 0,
    max: WEEK,
    description: 'Seconds it has to stay so. 300 by default.',
  })
  settle?: number;
}

export class PaceIncreaseDto {
  @IntegerField({
    min: 101,
    max: 1000,
    description: 'Percent of the pace before; 150 is half as much again.',
  })
  percent: number;

  @IntegerField({ min: 1, max: 100_000, description: 'With every so many that have registered.' })
  every: number;
}

export class PaceInputDto {
  @IntegerField({ ...OPTIONAL, min: 1, max: 100_000, description: 'Starts in any minute; null: no limit.' })
  perMinute?: number | null;

  @IntegerField({
    ...OPTIONAL,
    min: 1,
    max: 100_000,
    description: 'Starts in any minute at one DP; null: no limit.',
  })
  perDpMinute?: number | null;

  @NestedField(() => PaceIncreaseDto, OPTIONAL)
  increase?: PaceIncreaseDto | null;
}

export class StopScopeDto {
  @TextList({ ...OPTIONAL, ...listOf(FAILURE_CODES), description: 'Failures with these codes.' })
  codes?: string[] | null;

  @TextList({ ...OPTIONAL, ...listOf(RETRY_CLASSES), description: 'Failures of these classes.' })
  classes?: string[] | null;

  @TextList({ ...OPTIONAL, ...listOf(PHASES), description: 'Failures in these phases.' })
  phases?: string[] | null;

  @OneOf(['silence', 'unregistered'], {
    ...OPTIONAL,
    description:
      '`silence`: a DP took the order and says nothing. `unregistered`: installed, and the client never called.',
  })
  only?: 'silence' | 'unregistered' | null;
}

/** When a rollout stops itself. */
export class StopRuleDto {
  @NestedField(() => StopScopeDto, {
    optional: true,
    description:
      'What counts; absent: every failure that says something about the release. Computers that are off do not count.',
  })
  of?: StopScopeDto;

  @IntegerField({ ...OPTIONAL, min: 1, max: 100, description: 'Percent of the results.' })
  share?: number | null;

  @IntegerField({ ...OPTIONAL, min: 1, max: 100_000, description: 'Failures.' })
  count?: number | null;

  @IntegerField({
    optional: true,
    min: 1,
    max: 100_000,
    description:
      'Results there must be before it says anything; 10 by default. A smaller wave is asked with all of its own.',
  })
  minimum?: number;

  @OneOf(['pause', 'abort'], { optional: true, description: '`pause` by default.' })
  action?: 'pause' | 'abort';
}

/** Whom a rollout takes, and in which waves. */
export class PlanRolloutDto {
  @TextList({ optional: true, ...IDS })
  computers?: string[];

  @NestedField(() => ComputerFilterDto, { optional: true })
  filter?: ComputerFilterDto;

  @OneOf(ROLLOUT_KINDS, {
    optional: true,
    description:
      '`install-client`, the default, takes computers that have no client yet; `reinstall` those that have one, to bring another version say.',
  })
  kind?: RolloutKind;

  @Text({
    ...OPTIONAL,
    min: 1,
    max: 40,
    description: 'Client version; absent: the one in the settings of DP or tenant, else the default one.',
  })
  release?: string | null;

  @NestedListField(() => WaveInputDto, {
    optional: true,
    max: 20,
    description: 'Who no wave takes is the last one. Absent: 1 %, 10 %, all others.',
  })
  waves?: WaveInputDto[];

  @Time({ ...OPTIONAL, description: 'Not before this time.' })
  startAt?: string | null;

  @NestedListField(() => WindowDto, {
    optional: true,
    max: 50,
    description: 'Nothing is handed out outside these, nor outside those of the DP.',
  })
  windows?: WindowDto[];

  @Time({ ...OPTIONAL, description: 'What has not been started by then is cancelled.' })
  deadline?: string | null;
}

export class CreateRolloutDto extends PlanRolloutDto {
  @Name({ description: 'What people call it.' })
  name: string;

  @BooleanField({
    optional: true,
    description:
      'New computers that match `filter` come into the last wave until the deadline. Absent: its members are those that match now. Not with `kind` `reinstall`.',
  })
  growing?: boolean;

  @NestedField(() => WaveProofInputDto, { optional: true, description: 'When a wave has proved itself.' })
  proof?: WaveProofInputDto;

  @NestedField(() => PaceInputDto, { optional: true })
  pace?: PaceInputDto;

  @NestedListField(() => StopRuleDto, {
    optional: true,
    max: 20,
    description: 'Absent: one that pauses it at 10 % failures of 10 results or more.',
  })
  stops?: StopRuleDto[];

  @IntegerField({
    optional: true,
    min: MINUTE,
    max: WEEK,
    description:
      'Seconds without a word of the DP after which an order under way counts as silent; 1,800 by default.',
  })
  silentAfter?: number;

  @IntegerField({
    optional: true,
    min: -100,
    max: 100,
    description: 'The higher is served first; 0 by default.',
  })
  priority?: number;

  @Text({ ...OPTIONAL, max: 1000 })
  note?: string | null;
}
