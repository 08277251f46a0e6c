import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { LOCATION_PRIORITY_LIMITS, LOCATION_REASONS } from '#domain';
import { Checked, isPlainObject, Name, Part, Slug, Text, TextList, Whole } from '../http/fields.js';
import { ListQuery, Sort } from '../http/list-query.dto.js';
import { Page } from '../http/page.dto.js';

/** Name of the schema of `when` in the OpenAPI document. */
const CONDITION_SCHEMA = '#/components/schemas/LocationCondition';

const When = (optional: boolean): PropertyDecorator =>
  Checked(
    { $ref: CONDITION_SCHEMA },
    { code: 'object', holds: isPlainObject, message: 'must be an object' },
    { optional },
  );

export class CreateLocationRuleDto {
  @Slug()
  dp: string;

  @Slug({ optional: true, description: 'Left out: the tenant of the DP.' })
  tenant?: string;

  @Whole({ optional: true, ...LOCATION_PRIORITY_LIMITS, description: 'The higher wins; 0 by default.' })
  priority?: number;

  @Name({ optional: true, nullable: true })
  name?: string | null;

  @When(false)
  when: object;
}

export class ChangeLocationRuleDto {
  @Slug({ optional: true })
  dp?: string;

  @Whole({ optional: true, ...LOCATION_PRIORITY_LIMITS })
  priority?: number;

  @Name({ optional: true, nullable: true })
  name?: string | null;

  @When(true)
  when?: object;
}

export class LocationRulesQuery extends ListQuery {
  @Sort(['priority', 'dp', 'createdAt'])
  sort?: string;

  @Slug({ optional: true })
  tenant?: string;

  @Slug({ optional: true })
  dp?: string;

  @Text({ optional: true, max: 255, description: 'Part of the name.' })
  q?: string;
}

export class OverlapsQuery extends ListQuery {
  @Slug({ optional: true })
  tenant?: string;
}

export class LocationRuleDto {
  @ApiProperty({ type: String })
  id: string;

  @ApiProperty({ type: String })
  dp: string;

  @ApiProperty({ type: String })
  tenant: string;

  @ApiProperty({ type: 'integer' })
  priority: number;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty({ $ref: CONDITION_SCHEMA } as ApiPropertyOptions)
  when: object;

  @ApiProperty({ type: String, format: 'date-time' })
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

  @Part(() => LocationGatewayDto, { optional: true, nullable: true })
  gateway?: LocationGatewayDto | null;

  @Text({ optional: true, nullable: true, max: 255 })
  dnsSuffix?: string | null;

  @Text({ optional: true, nullable: true, max: 255 })
  adSite?: string | null;

  @Text({ optional: true, nullable: true, max: 64 })
  publicAddress?: string | null;
}

export class ExplainLocationDto {
  @Part(() => LocationDataDto)
  location: LocationDataDto;

  @Slug()
  tenant: string;

  @Slug({ optional: true, nullable: true, description: 'The DP that serves the client now.' })
  dp?: string | null;
}

export class FailedCriterionDto {
  /** Where it stands in the rule, such as `when.all[1].addressIn`. */
  @ApiProperty({ type: String })
  path: string;

  @ApiProperty({ type: String })
  text: string;
}

export class RuleVerdictDto {
  @ApiProperty({ type: String })
  rule: string;

  @ApiProperty({ type: String, nullable: true })
  name: string | null;

  @ApiProperty({ type: String })
  dp: string;

  @ApiProperty({ type: 'integer' })
  priority: number;

  @ApiProperty({ type: Boolean })
  matched: boolean;

  /** Whether its DP is enabled and serves the tenant; else the rule does not count. */
  @ApiProperty({ type: Boolean })
  serves: boolean;

  /** The criterion that failed; null when it matched. */
  @ApiProperty({ type: () => FailedCriterionDto, nullable: true })
  failed: FailedCriterionDto | null;
}

export class WinnerDto {
  @ApiProperty({ type: String })
  rule: string;

  @ApiProperty({ type: String })
  dp: string;
}

export class LocationExplanationDto {
  /** Every rule of the tenant: first those that count, the best first. */
  @ApiProperty({ type: () => RuleVerdictDto, isArray: true })
  rules: RuleVerdictDto[];

  /** Null: no DP, the client talks to the server. */
  @ApiProperty({ type: () => WinnerDto, nullable: true })
  winner: WinnerDto | null;

  @ApiProperty({ type: String, enum: LOCATION_REASONS })
  why: string;

  @ApiProperty({ type: String })
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

  /** Address of a client that both rules match; null: they do not look at addresses, or no example was found in time. */
  @ApiProperty({ type: String, nullable: true })
  address: string | null;

  /** The whole example, as far as the rules look at it; null: too many combinations to be sure that there is one. */
  @ApiProperty({ type: () => LocationExampleDto, nullable: true })
  example: LocationExampleDto | null;

  /** The DP that gets such a client that no DP serves yet; null with the example. */
  @ApiProperty({ type: String, nullable: true })
  winner: string | null;

  /** What decides between the two. */
  @ApiProperty({ type: String, enum: LOCATION_REASONS, nullable: true })
  why: string | null;
}

export class OverlapPage extends Page(OverlapDto) {}
