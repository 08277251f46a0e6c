import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  chooseByLocation,
  exampleLocation,
  type DpId,
  type LocationOverlap,
  type LocationReason,
  type LocationRule,
  type LocationRuleId,
  type TenantId,
} from '#domain';
import { LocationRuleRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { IfMatch } from '../http/if-match.js';
import { mapPage } from '../http/page.dto.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import type { LocationChoice } from './location-choices.service.js';
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
import { LocationRules } from './location-rules.service.js';

/** Location rules say which DP serves a registered client (R10). */
@ApiTags('location rules')
@Controller('api/v1/location-rules')
@Needs('location-rules.read')
export class LocationRulesController {
  constructor(
    private readonly rules: LocationRules,
    private readonly repository: LocationRuleRepository,
  ) {}

  /** By tenant, the highest priority first. */
  @Get()
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
  @Needs('location-rules.manage')
  @CreatedAt('/api/v1/location-rules/{id}')
  @ApiCreatedResponse({ type: LocationRuleDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateLocationRuleDto,
    @CurrentCreation() creation: Creation,
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

  /** What the rules make of some location data: each rule with what failed, the winner, and why. */
  @Post('explain')
  @HttpCode(200)
  @ApiOkResponse({ type: LocationExplanationDto })
  async explain(
    @CurrentCaller() caller: Caller,
    @Body() { location, tenant, dp }: ExplainLocationDto,
  ): Promise<LocationExplanationDto> {
    const data = {
      addresses: location.addresses ?? [],
      gateway: location.gateway ?? null,
      dnsSuffix: location.dnsSuffix ?? null,
      adSite: location.adSite ?? null,
      publicAddress: location.publicAddress ?? null,
    };
    const current = (dp ?? null) as DpId | null;
    return explanationDto(await this.rules.explain(caller, tenant as TenantId, data, current));
  }

  /** Rules of different DPs that one client can match both, with an example. A warning, not an error. */
  @Get('overlaps')
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
  @ApiOkResponse({ type: LocationRuleDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<LocationRuleDto> {
    return ruleDto(await this.rules.get(caller, id as LocationRuleId));
  }

  @Patch(':id')
  @Needs('location-rules.manage')
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
  @HttpCode(204)
  @Needs('location-rules.manage')
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.rules.remove(caller, id as LocationRuleId, revision);
  }
}

function ruleDto(rule: LocationRule): LocationRuleDto {
  const { id, dp, tenant, priority, name, when, createdAt, revision } = rule;
  return { id, dp, tenant, priority, name, when, createdAt: createdAt.toISOString(), revision };
}

const WHY = {
  NO_MATCH: () => 'No rule of an enabled distribution point matches: the client talks to the server.',
  ONLY_MATCH: (dp) => `Only rules of ${dp} match.`,
  PRIORITY: (dp) => `The rule of ${dp} has the highest priority.`,
  NETWORK: (dp) => `The rule of ${dp} names the most specific network.`,
  CURRENT_DP: (dp) => `${dp} serves the client already.`,
  DP_ID: (dp) => `Nothing tells the rules apart; ${dp} comes first by its id.`,
} as const satisfies Record<LocationReason, (dp: string) => string>;

function explanationDto({ verdicts, winner, why }: LocationChoice): LocationExplanationDto {
  return {
    rules: verdicts.map(({ rule, matched, serves, failed }) => ({
      rule: rule.id,
      name: rule.name,
      dp: rule.dp,
      priority: rule.priority,
      matched,
      serves,
      failed,
    })),
    winner: winner && { rule: winner.id, dp: winner.dp },
    why,
    text: WHY[why](winner?.dp ?? ''),
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
