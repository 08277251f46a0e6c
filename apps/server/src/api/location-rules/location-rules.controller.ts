import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import {
  type Caller,
  chooseByLocation,
  type DpId,
  exampleLocation,
  type LocationOverlap,
  type LocationReason,
  type LocationRuleId,
  type TenantId,
} from '#domain';
import { LocationRuleRepository } from '#persistence';
import { type Language, textIn, type TextKey } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import type { LocationChoice } from '../../engine/location/location-choices.service.js';
import {
  ChangeLocationRuleDto,
  CreateLocationRuleDto,
  ExplainLocationDto,
  LocationExplanationDto,
  LocationRuleDto,
  LocationRulePage,
  LocationRulesQuery,
  OverlapDto,
  OverlapPage,
  OverlapsQuery,
} from './location-rule.dto.js';
import { ruleDto } from './location-rule-view.js';
import { LocationRulesService } from './location-rules.service.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

/** Location rules say which DP serves a registered client (R10). */
@ApiTags('location-rules')
@Controller('api/v1/location-rules')
@RequirePermission('location-rules.read')
export class LocationRulesController {
  constructor(
    private readonly rules: LocationRulesService,
    private readonly repository: LocationRuleRepository,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listLocationRules',
    summary: 'List location rules',
    description: 'Rules by tenant, highest priority first.',
  })
  @ApiOkResponse({ type: LocationRulePage })
  async list(@CurrentCaller() caller: Caller, @Query() query: LocationRulesQuery): Promise<LocationRulePage> {
    const { tenant, dp, q } = query;
    const found = (await this.repository.list(caller.tenants)).filter(
      (rule) =>
        (tenant === undefined || rule.tenant === tenant) &&
        (dp === undefined || rule.dp === dp) &&
        mentions(q, rule.name ?? ''),
    );
    const page = pageInMemory(found, query, {
      priority: (rule) => rule.priority,
      dp: (rule) => rule.dp,
      createdAt: (rule) => rule.createdAt,
    });
    return mapPage(page, ruleDto);
  }

  @Post()
  @ApiOperation({
    operationId: 'createLocationRule',
    summary: 'Create a location rule',
    description: 'The rule takes effect with the second contact in a row of a client that it matches.',
  })
  @RequirePermission('location-rules.manage')
  @CreatedAt('/api/v1/location-rules/{id}')
  @ApiCreatedResponse({ type: LocationRuleDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateLocationRuleDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<LocationRuleDto> {
    const wish = {
      dp: body.dp as DpId,
      tenant: (body.tenant ?? null) as TenantId | null,
      priority: body.priority ?? 0,
      name: body.name ?? null,
      when: body.when,
    };
    return ruleDto(await this.rules.create(caller, wish, creation));
  }

  @Post('explain')
  @ApiOperation({
    operationId: 'explainLocation',
    summary: 'Explain which rule matches',
    description:
      'Evaluates the rules of a tenant for some location data: each rule with the criterion that failed, the winner, and why. Changes nothing.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: LocationExplanationDto })
  async explain(
    @CurrentCaller() caller: Caller,
    @Body() { location, tenant, dp }: ExplainLocationDto,
    @RequestLanguage() language: Language,
  ): Promise<LocationExplanationDto> {
    const data = {
      addresses: location.addresses ?? [],
      gateway: location.gateway ?? null,
      dnsSuffix: location.dnsSuffix ?? null,
      adSite: location.adSite ?? null,
      publicAddress: location.publicAddress ?? null,
    };
    const current = (dp ?? null) as DpId | null;
    return explanationDto(await this.rules.explain(caller, tenant as TenantId, data, current), language);
  }

  @Get('overlaps')
  @ApiOperation({
    operationId: 'listLocationRuleOverlaps',
    summary: 'List overlapping location rules',
    description:
      'Pairs of rules of different DPs that one client can match both, with an example. A warning, not an error.',
  })
  @ApiOkResponse({ type: OverlapPage })
  async overlaps(@CurrentCaller() caller: Caller, @Query() query: OverlapsQuery): Promise<OverlapPage> {
    const overlaps = await this.rules.overlaps(caller, (query.tenant ?? null) as TenantId | null);
    const identified = overlaps.map((overlap) => ({
      ...overlap,
      id: overlap.rules.map((rule) => rule.id).join('~'),
    }));
    return mapPage(pageInMemory(identified, query), overlapDto);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getLocationRule',
    summary: 'Show a location rule',
    description: 'One rule, with its condition.',
  })
  @ApiOkResponse({ type: LocationRuleDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<LocationRuleDto> {
    return ruleDto(await this.rules.get(caller, id as LocationRuleId));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeLocationRule',
    summary: 'Change a location rule',
    description: 'Changes what the body names.',
  })
  @RequirePermission('location-rules.manage')
  @ApiOkResponse({ type: LocationRuleDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { dp, priority, name, when }: ChangeLocationRuleDto,
    @IfMatch() revision: number | null,
  ): Promise<LocationRuleDto> {
    const change = {
      ...(dp !== undefined && { dp: dp as DpId }),
      ...(priority !== undefined && { priority }),
      ...(name !== undefined && { name }),
      ...(when !== undefined && { when }),
    };
    return ruleDto(await this.rules.change(caller, id as LocationRuleId, change, revision));
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteLocationRule',
    summary: 'Delete a location rule',
    description: 'Clients that it matched get the DP of the next rule at their second contact.',
  })
  @HttpCode(204)
  @RequirePermission('location-rules.manage')
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.rules.remove(caller, id as LocationRuleId, revision);
  }
}

const WHY = {
  NO_MATCH: 'location.none',
  ONLY_MATCH: 'location.onlyOne',
  PRIORITY: 'location.priority',
  NETWORK: 'location.network',
  CURRENT_DP: 'location.servesAlready',
  DP_ID: 'location.byId',
} as const satisfies Record<LocationReason, TextKey>;

function explanationDto(
  { verdicts, winner, why }: LocationChoice,
  language: Language,
): LocationExplanationDto {
  return {
    rules: verdicts.map(({ rule, matched, serves, failed }) => ({
      rule: rule.id,
      name: rule.name,
      dp: rule.dp,
      priority: rule.priority,
      matched,
      serves,
      failed: failed && {
        path: failed.path,
        text: failed.why.map((one) => textIn(language, one)).join('; '),
      },
    })),
    winner: winner && { rule: winner.id, dp: winner.dp },
    why,
    text: textIn(language, { key: WHY[why], params: { dp: winner?.dp ?? '' } }),
  };
}

function overlapDto({ rules, example }: LocationOverlap): OverlapDto {
  const shown = example && exampleLocation(example);
  const decision =
    shown &&
    chooseByLocation(
      rules,
      new Set(rules.map((rule) => rule.dp)),
      {
        ...shown,
        gateway: shown.gateway && { ip: shown.gateway.ip ?? '', mac: shown.gateway.mac ?? '' },
      },
      null,
    );
  return {
    rules: rules.map(ruleDto),
    address: shown ? (shown.addresses[0] ?? shown.publicAddress) : null,
    example: shown,
    winner: decision?.winner?.dp ?? null,
    why: decision?.why ?? null,
  };
}
