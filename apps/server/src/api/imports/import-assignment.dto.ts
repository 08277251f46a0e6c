import { ApiProperty } from '@nestjs/swagger';
import {
  ASSIGNMENT_TARGETS,
  CHOOSERS,
  MOST_MAPPED_VALUES,
  VALUE_RESOLUTIONS,
  type MappedValue,
} from '#domain';
import { CustomField, IntegerField, NestedListField, Text } from '../../platform/http/fields.js';
import { ListQuery } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import { AssignmentTargetDto } from '../assignment-rules/assignment-target.dto.js';

export const COLUMN_SCHEMA = {
  oneOf: [
    { type: 'integer', minimum: 0, maximum: 999 },
    { type: 'string', minLength: 1, maxLength: 255 },
  ],
};

export function isColumn(value: unknown): boolean {
  if (typeof value === 'string') return value.length >= 1 && value.length <= 255;
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 999;
}

export class MappedValueDto extends AssignmentTargetDto {
  @Text({
    min: 1,
    max: 255,
    description: 'As it stands in the column; case and blanks around it do not matter.',
  })
  value: string;
}

export class ValueMappingDto {
  @CustomField(
    COLUMN_SCHEMA,
    { code: 'column', holds: isColumn, key: 'fault.column' },
    { description: 'Index from 0, the heading, or what the column holds (`dp`, `location`).' },
  )
  column: number | string;

  @NestedListField(() => MappedValueDto, {
    max: MOST_MAPPED_VALUES,
    description: 'A value that is not here may still be the id or name of a DP.',
  })
  values: MappedValueDto[];
}

/** What chose the DP of a row. */
export class AssignedByDto {
  @ApiProperty({
    enum: CHOOSERS,
    description:
      '`mapping` of values, `column` of the file, `rule`, `run`: the DP of the import, `computer`: a known computer keeps its DP, `none`.',
  })
  by: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the rule.' })
  rule: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Name of the rule, or heading of the column.' })
  name: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'What stood in the column.' })
  value: string | null;
}

export class ChosenRowsDto {
  @ApiProperty({ enum: CHOOSERS })
  by: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the rule.' })
  rule: string | null;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({ type: 'integer' })
  rows: number;
}

export class RuleOverlapDto {
  @ApiProperty({ description: 'Id of the rule that had the rows first.' })
  rule: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: 'integer' })
  rows: number;

  @ApiProperty({ type: 'integer', description: 'The first of the rows.' })
  line: number;
}

export class RuleTallyDto {
  @ApiProperty({ description: 'Id of the rule.' })
  rule: string;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: 'integer', description: 'Rows that it matches.' })
  matched: number;

  @ApiProperty({ type: 'integer', description: 'Rows whose DP it chose.' })
  won: number;

  @ApiProperty({ type: () => RuleOverlapDto, isArray: true })
  overlaps: RuleOverlapDto[];
}

export class UsedProfileDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  name: string;
}

/** What chose the DPs of a run. */
export class RunAssignmentDto {
  @ApiProperty({
    type: () => UsedProfileDto,
    nullable: true,
    description: 'The profile that it was read by.',
  })
  profile: UsedProfileDto | null;

  @ApiProperty({
    type: () => ChosenRowsDto,
    isArray: true,
    description: 'Rows by what chose their DP, most first.',
  })
  chosen: ChosenRowsDto[];

  @ApiProperty({
    type: () => RuleTallyDto,
    isArray: true,
    description:
      'The rules that were asked, in their order: those that match nothing, and those that overlap.',
  })
  rules: RuleTallyDto[];
}

export class ImportValuesQuery extends ListQuery {
  @Text({
    optional: true,
    min: 1,
    max: 255,
    description:
      'Index from 0, heading, or what the column holds; by default the one that most likely names DPs.',
  })
  column?: string;
}

export class ValueSuggestionDto {
  @ApiProperty()
  dp: string;

  @ApiProperty()
  name: string;
}

export class ColumnValueDto {
  @ApiProperty({ description: 'As it stands in most of its rows; empty: rows with nothing in the column.' })
  value: string;

  @ApiProperty({ type: 'integer' })
  rows: number;

  @ApiProperty({
    type: String,
    enum: ASSIGNMENT_TARGETS,
    nullable: true,
    description: 'Null: nobody knows yet.',
  })
  target: MappedValue['target'] | null;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({
    type: String,
    enum: VALUE_RESOLUTIONS,
    nullable: true,
    description: 'Whether the mapping says it, or the value is the id or name of a DP.',
  })
  by: string | null;

  @ApiProperty({
    type: () => ValueSuggestionDto,
    nullable: true,
    description: 'The DP that is likely meant.',
  })
  suggestion: ValueSuggestionDto | null;
}

export class ValuesColumnDto {
  @ApiProperty({ type: 'integer' })
  index: number;

  @ApiProperty({ type: String, nullable: true })
  header: string | null;
}

export class ImportValuesPage extends Page(ColumnValueDto) {
  @ApiProperty({
    type: () => ValuesColumnDto,
    nullable: true,
    description: 'Null: no column looks like DPs.',
  })
  column: ValuesColumnDto | null;

  @ApiProperty({ description: 'There are more different values than are looked at.' })
  truncated: boolean;
}

export class ExplainDpDto {
  @IntegerField({ optional: true, min: 1, max: 100_000_000, description: 'Line of a row of the run.' })
  row?: number;

  @Text({ optional: true, min: 1, max: 65_536, description: 'A line as the file could have it, instead.' })
  line?: string;
}
