import { ApiProperty, OmitType, type ApiPropertyOptions } from '@nestjs/swagger';
import {
  ASSIGNMENT_POSITION_LIMITS,
  ASSIGNMENT_TARGETS,
  MOST_ASSIGNMENT_RULES,
  mustBe,
  type AssignmentTarget,
} from '#domain';
import { Changes } from '../../platform/http/changes.js';
import {
  CustomField,
  Id,
  IntegerField,
  isPlainObject,
  Name,
  NestedField,
  Slug,
  Text,
  TextList,
} from '../../platform/http/fields.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';
import { AssignmentTargetDto } from './assignment-target.dto.js';

/** Name of the schema of `when` in the OpenAPI document. */
const CONDITION_SCHEMA = '#/components/schemas/AssignmentCondition';

export class CreateAssignmentRuleDto extends AssignmentTargetDto {
  @Slug()
  tenant: string;

  @Name()
  name: string;

  @Id({
    optional: true,
    nullable: true,
    description: 'Only for imports from this directory; by default for all.',
  })
  directory?: string | null;

  @IntegerField({
    optional: true,
    ...ASSIGNMENT_POSITION_LIMITS,
    description: 'The lower one is asked first; behind all others by default.',
  })
  position?: number;

  @CustomField({ $ref: CONDITION_SCHEMA }, { code: 'object', holds: isPlainObject, ...mustBe('what.object') })
  when: object;
}

export class ChangeAssignmentRuleDto extends Changes(OmitType(CreateAssignmentRuleDto, ['tenant'])) {}

export class AssignmentRulesQuery extends ListQuery {
  @Sort(['position', 'name', 'createdAt'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Slug({ optional: true, description: 'DP they give rows to.' })
  dp?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}

export class AssignmentOverlapsQuery extends ListQuery {
  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;
}

export class OrderAssignmentRulesDto {
  @Slug()
  tenant: string;

  @TextList({
    items: { min: 1, max: 40 },
    max: MOST_ASSIGNMENT_RULES,
    description: 'Every rule of the tenant, in the order in which they are to be asked.',
  })
  rules: string[];
}

export class CopyLocationRuleDto {
  @Id({ description: 'Id of the location rule.' })
  locationRule: string;

  @Name({ optional: true, description: 'By default that of the location rule, else its DP.' })
  name?: string;
}

/** How a rule fared with the rows of the last import that asked it. */
export class RuleUseDto {
  @ApiProperty({ description: 'Id of the import run.' })
  import: string;

  @ApiProperty({ type: 'integer', description: 'Rows that it matches.' })
  matched: number;

  @ApiProperty({ type: 'integer', description: 'Rows whose DP it chose.' })
  won: number;
}

export class AssignmentRuleDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty({ type: String, nullable: true })
  directory: string | null;

  @ApiProperty()
  name: string;

  @ApiProperty({ type: 'integer' })
  position: number;

  @ApiProperty({ $ref: CONDITION_SCHEMA } as ApiPropertyOptions)
  when: object;

  @ApiProperty({ enum: ASSIGNMENT_TARGETS })
  target: AssignmentTarget;

  @ApiProperty({ type: String, nullable: true })
  dp: string | null;

  @ApiProperty({
    description:
      'Whether its DP exists, serves the tenant, and is not disabled. Rows of one that does not exist are rejected.',
  })
  serves: boolean;

  @ApiProperty({
    type: () => RuleUseDto,
    nullable: true,
    description: 'Null: no import has asked it lately.',
  })
  lastUse: RuleUseDto | null;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class AssignmentRulePage extends Page(AssignmentRuleDto) {}

export class OverlapExampleDto {
  @ApiProperty({ description: 'Criterion, or heading of a column.' })
  name: string;

  @ApiProperty()
  value: string;
}

export class AssignmentOverlapDto {
  @ApiProperty({
    type: () => AssignmentRuleDto,
    isArray: true,
    minItems: 2,
    maxItems: 2,
    description: 'The first one has the rows that both match.',
  })
  rules: AssignmentRuleDto[];

  @ApiProperty({
    description: 'The first one matches every row that the second does: the second never chooses.',
  })
  shadowed: boolean;

  @ApiProperty({ type: () => OverlapExampleDto, isArray: true, description: 'A row that both match.' })
  example: OverlapExampleDto[];
}

export class AssignmentOverlapPage extends Page(AssignmentOverlapDto) {}

/** A row as rules see it, written by hand. */
export class SampleRowDto {
  @Name({ description: 'Name of the computer.' })
  name: string;

  @Text({ optional: true, nullable: true, max: 255 })
  fqdn?: string | null;

  @Text({ optional: true, nullable: true, max: 255 })
  address?: string | null;

  @Text({ optional: true, nullable: true, max: 2000, description: 'Distinguished name of its OU.' })
  ou?: string | null;

  @Text({ optional: true, nullable: true, max: 255 })
  adSite?: string | null;

  @TextList({ optional: true, items: { min: 1, max: 2000 }, max: 200, description: 'Distinguished names.' })
  groups?: string[];

  @CustomField(
    { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 100 },
    { code: 'object', holds: areCells, ...mustBe('what.object') },
    { optional: true, description: 'Cells by the headings of their columns.' },
  )
  columns?: Record<string, string>;
}

export class ExplainAssignmentDto {
  @Slug()
  tenant: string;

  @Id({ optional: true, nullable: true, description: 'As an import from this directory asks them.' })
  directory?: string | null;

  @NestedField(() => SampleRowDto)
  row: SampleRowDto;
}

function areCells(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const cells = Object.values(value);
  return cells.length <= 100 && cells.every((cell) => typeof cell === 'string' && cell.length <= 1000);
}
