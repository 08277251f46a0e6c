import { ApiProperty, OmitType, type ApiPropertyOptions } from '@nestjs/swagger';
import { LOCATION_PRIORITY_LIMITS, LOCATION_REASONS, mustBe } from '#domain';
import {
  CustomField,
  isPlainObject,
  Name,
  NestedField,
  Slug,
  Text,
  TextList,
  IntegerField,
} from '../../platform/http/fields.js';
import { Changes } from '../../platform/http/changes.js';
import { ListQuery, Sort } from '../../platform/http/list-query.dto.js';
import { Page } from '../../platform/http/page.dto.js';

/** Name of the schema of `when` in the OpenAPI document. */
const CONDITION_SCHEMA = '#/components/schemas/LocationCondition';

const When = (): PropertyDecorator =>
  CustomField({ $ref: CONDITION_SCHEMA }, { code: 'object', holds: isPlainObject, ...mustBe('what.object') });

export class CreateLocationRuleDto {
  @Slug({ description: 'DP that serves the clients that match.' })
  dp: string;

  @Slug({ optional: true, description: 'Left out: the tenant of the DP.' })
  tenant?: string;

  @IntegerField({
    optional: true,
    ...LOCATION_PRIORITY_LIMITS,
    description: 'The higher wins; 0 by default.',
  })
  priority?: number;

  @Name({ optional: true, nullable: true })
  name?: string | null;

  @When()
  when: object;
}

export class ChangeLocationRuleDto extends Changes(OmitType(CreateLocationRuleDto, ['tenant'])) {}

export class LocationRulesQuery extends ListQuery {
  @Sort(['priority', 'dp', 'createdAt'])
  sort?: string;

  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;

  @Slug({ optional: true, description: 'DP they give clients to.' })
  dp?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}

export class OverlapsQuery extends ListQuery {
  @Slug({ optional: true, description: 'Tenant they belong to.' })
  tenant?: string;
}

export class LocationRuleDto {
  @ApiProperty()
  id: string;

  @ApiProperty()
  dp: string;

  @ApiProperty()
  tenant: string;

  @ApiProperty({ type: 'integer' })
  priority: number;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty({ $ref: CONDITION_SCHEMA } as ApiPropertyOptions)
  when: object;

  @ApiProperty({ format: 'date-time' })
  createdAt: string;

  @ApiProperty({ type: 'integer' })
  revision: number;
}

export class LocationRulePage extends Page(LocationRuleDto) {}

export class LocationGatewayDto {
  @Text({ max: 64 })
  ip: string;

  @Text({ max: 32 })
  mac: string;
}

/** Location data as a client sends it. */
export class LocationDataDto {
  @TextList({ optional: true, items: { max: 64 }, max: 64, description: 'Addresses, as `ip/prefix`.' })
  addresses?: string[];

  @NestedField(() => LocationGatewayDto, { optional: true, nullable: true })
  gateway?: LocationGatewayDto | null;

  @Text({ optional: true, nullable: true, max: 255 })
  dnsSuffix?: string | null;

  @Text({ optional: true, nullable: true, max: 255 })
  adSite?: string | null;

  @Text({ optional: true, nullable: true, max: 64 })
  publicAddress?: string | null;
}

export class ExplainLocationDto {
  @NestedField(() => LocationDataDto)
  location: LocationDataDto;

  @Slug()
  tenant: string;

  @Slug({ optional: true, nullable: true, description: 'The DP that serves the client now.' })
  dp?: string | null;
}

export class FailedCriterionDto {
  @ApiProperty({ description: 'Where it stands in the rule, such as `when.all[1].addressIn`.' })
  path: string;

  @ApiProperty()
  text: string;
}

export class RuleVerdictDto {
  @ApiProperty()
  rule: string;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty()
  dp: string;

  @ApiProperty({ type: 'integer' })
  priority: number;

  @ApiProperty()
  matched: boolean;

  @ApiProperty({
    description: 'Whether its DP is enabled and serves the tenant; else the rule does not count.',
  })
  serves: boolean;

  @ApiProperty({
    type: () => FailedCriterionDto,
    nullable: true,
    description: 'The criterion that failed; null when it matched.',
  })
  failed: FailedCriterionDto | null;
}

export class WinnerDto {
  @ApiProperty()
  rule: string;

  @ApiProperty()
  dp: string;
}

export class LocationExplanationDto {
  @ApiProperty({
    type: () => RuleVerdictDto,
    isArray: true,
    description: 'Every rule of the tenant: first those that count, the best first.',
  })
  rules: RuleVerdictDto[];

  @ApiProperty({
    type: () => WinnerDto,
    nullable: true,
    description: 'Null: no DP, the client talks to the server.',
  })
  winner: WinnerDto | null;

  @ApiProperty({ enum: LOCATION_REASONS })
  why: string;

  @ApiProperty()
  text: string;
}

export class GatewayExampleDto {
  @ApiProperty({ type: String, nullable: true })
  ip: string | null;

  @ApiProperty({ type: String, nullable: true })
  mac: string | null;
}

export class LocationExampleDto {
  @ApiProperty({ type: String, isArray: true })
  addresses: string[];

  @ApiProperty({ type: () => GatewayExampleDto, nullable: true })
  gateway: GatewayExampleDto | null;

  @ApiProperty({ type: String, nullable: true })
  dnsSuffix: string | null;

  @ApiProperty({ type: String, nullable: true })
  adSite: string | null;

  @ApiProperty({ type: String, nullable: true })
  publicAddress: string | null;
}

export class OverlapDto {
  @ApiProperty({ type: () => LocationRuleDto, isArray: true, minItems: 2, maxItems: 2 })
  rules: LocationRuleDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'Address of a client that both rules match; null: they do not look at addresses, or no example was found in time.',
  })
  address: string | null;

  @ApiProperty({
    type: () => LocationExampleDto,
    nullable: true,
    description:
      'The whole example, as far as the rules look at it; null: too many combinations to be sure that there is one.',
  })
  example: LocationExampleDto | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The DP that gets such a client that no DP serves yet; null with the example.',
  })
  winner: string | null;

  @ApiProperty({
    type: String,
    enum: LOCATION_REASONS,
    nullable: true,
    description: 'What decides between the two.',
  })
  why: string | null;
}

export class OverlapPage extends Page(OverlapDto) {}
