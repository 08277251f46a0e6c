import { ApiProperty } from '@nestjs/swagger';
import {
  type DirectorySchedule,
  type DirectorySync,
  type Fault,
  MOST_SYNC_TIMES,
  SYNC_EVERY_LIMITS,
  SYNC_KINDS,
  SYNC_RESULTS,
  type SyncLine,
  type Weekday,
  WEEKDAYS,
} from '#domain';
import { type Language, textIn } from '#texts';
import { BooleanField, IntegerField, TextList } from '../../platform/http/fields.js';
import { TIME_OF_DAY, TimeZoneField, Weekdays } from '../../platform/http/time-fields.js';

/** Every so many minutes, or at times of day. */
export class ScheduleDto {
  @IntegerField({
    optional: true,
    ...SYNC_EVERY_LIMITS,
    description: 'Minutes between two syncs; instead of `times`, `days` and `timeZone`.',
    example: 15,
  })
  every?: number;

  @TextList({
    optional: true,
    items: TIME_OF_DAY,
    min: 1,
    max: MOST_SYNC_TIMES,
    unique: true,
    description: 'Times of day, by the clock of `timeZone`.',
  })
  times?: string[];

  @Weekdays({ optional: true, description: 'Days of the week; every day by default.' })
  days?: Weekday[];

  @TimeZoneField({ optional: true, description: 'Of `times`.' })
  timeZone?: string;
}

/** What a schedule lacks, or has too much. */
export function scheduleFaults({ every, times, days, timeZone }: ScheduleDto): Fault[] {
  const byClock = times !== undefined || days !== undefined || timeZone !== undefined;
  if (every !== undefined) {
    return byClock ? [{ path: 'schedule', code: 'alone', key: 'fault.scheduleEither' }] : [];
  }
  const faults: Fault[] = [];
  if (times === undefined)
    faults.push({ path: 'schedule.times', code: 'required', key: 'fault.scheduleEither' });
  if (times !== undefined && timeZone === undefined)
    faults.push({ path: 'schedule.timeZone', code: 'required', key: 'fault.scheduleZone' });
  return faults;
}

/** A schedule without faults. */
export function scheduleOf({ every, times = [], days, timeZone = 'UTC' }: ScheduleDto): DirectorySchedule {
  return every === undefined ? { times, days: days ?? [...WEEKDAYS], timeZone } : { every };
}

export class AskSyncDto {
  @BooleanField({ optional: true, description: 'Read everything, not only what has changed.' })
  full?: boolean;
}

const time = { type: 'string', format: 'date-time' } as const;
const whole = { type: 'integer' } as const;
const COUNTS = ['rows', 'new', 'changed', 'rejected', 'missing'] as const;

export class SyncLineDto {
  @ApiProperty({
    enum: SYNC_RESULTS,
    description:
      '`unchanged`: nothing new; `previewed`: waits for a person; `confirm`: so many computers are missing that a person has to confirm; `committed`: taken by the policy.',
  })
  result: string;

  @ApiProperty({ ...time, description: 'When the first of `times` runs began.' })
  since: string;

  @ApiProperty({ ...time, description: 'When the last of them ended.' })
  at: string;

  @ApiProperty({ ...whole, description: 'Runs in a row with the same result share a line.' })
  times: number;

  @ApiProperty({ type: String, enum: SYNC_KINDS, nullable: true })
  kind: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The import, where there is something to see.' })
  run: string | null;

  @ApiProperty({
    type: 'object',
    selfRequired: true,
    required: [...COUNTS],
    properties: Object.fromEntries(COUNTS.map((name) => [name, whole])),
  })
  counts: SyncLine['counts'];

  @ApiProperty({ ...whole, description: 'Rows with warnings that the policy left to a person.' })
  skipped: number;

  @ApiProperty({
    type: 'object',
    nullable: true,
    selfRequired: true,
    required: ['code', 'text'],
    properties: { code: { type: 'string' }, text: { type: 'string' } },
  })
  fault: { code: string; text: string } | null;
}

/** Where a directory stands that is read by itself. */
export class DirectorySyncDto {
  @ApiProperty({ ...time, nullable: true, description: 'When it is due; null without a schedule.' })
  nextAt: string | null;

  @ApiProperty({ ...time, nullable: true, description: 'Since when a run is under way.' })
  runningSince: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The preview that waits for a person.' })
  pending: string | null;

  @ApiProperty({ ...whole, description: 'Failures in a row; each makes the next try later.' })
  failures: number;

  @ApiProperty({ ...time, nullable: true, description: 'When the last pass over everything began.' })
  fullAt: string | null;

  @ApiProperty({
    description: 'Whether the next run asks for changes only; otherwise it reads everything.',
  })
  incremental: boolean;

  @ApiProperty({ ...whole, description: 'Known computers that the directory no longer has.' })
  left: number;

  @ApiProperty({
    type: 'object',
    nullable: true,
    selfRequired: true,
    required: ['at', 'refused'],
    properties: { at: time, refused: whole },
    description:
      'Releases that the policy still owes: when it goes on, and how many computers cannot be released.',
  })
  releases: { at: string; refused: number } | null;

  @ApiProperty({ type: () => SyncLineDto, nullable: true })
  last: SyncLineDto | null;
}

export class LeaverDto {
  @ApiProperty()
  computer: string;

  @ApiProperty()
  name: string;

  @ApiProperty(time)
  since: string;
}

export class DirectoryHistoryDto extends DirectorySyncDto {
  @ApiProperty({ type: () => SyncLineDto, isArray: true, description: 'Newest first, at most 50.' })
  lines: SyncLineDto[];

  @ApiProperty({
    type: () => LeaverDto,
    isArray: true,
    description: 'Computers that the directory no longer has, at most 1,000. They are never deleted.',
  })
  leavers: LeaverDto[];
}

export function directorySyncDto(sync: DirectorySync, language: Language): DirectorySyncDto {
  const { nextAt, run, pending, failures, fullAt, cursor, left, releases, lines } = sync;
  const [last] = lines;
  return {
    nextAt: nextAt?.toISOString() ?? null,
    runningSince: run?.at.toISOString() ?? null,
    pending,
    failures,
    fullAt: fullAt?.toISOString() ?? null,
    incremental: cursor !== null,
    left,
    releases: releases && { at: releases.at.toISOString(), refused: releases.refused },
    last: last ? syncLineDto(last, language) : null,
  };
}

export function directoryHistoryDto(sync: DirectorySync, language: Language): DirectoryHistoryDto {
  return {
    ...directorySyncDto(sync, language),
    lines: sync.lines.map((line) => syncLineDto(line, language)),
    leavers: sync.leavers.map(({ computer, name, since }) => ({
      computer,
      name,
      since: since.toISOString(),
    })),
  };
}

function syncLineDto(line: SyncLine, language: Language): SyncLineDto {
  const { result, since, at, times, kind, run, counts, skipped, fault } = line;
  return {
    result,
    since: since.toISOString(),
    at: at.toISOString(),
    times,
    kind,
    run,
    counts,
    skipped,
    fault: fault && { code: fault.code, text: textIn(language, fault) },
  };
}
