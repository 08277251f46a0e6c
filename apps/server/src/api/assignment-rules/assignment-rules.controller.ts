import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  type AssignmentRuleId,
  type Caller,
  type DirectoryId,
  dpOfTarget,
  invalid,
  type LocationRuleId,
  type TenantId,
} from '#domain';
import { AssignmentRuleRepository } from '#persistence';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { LocationRuleDto } from '../location-rules/location-rule.dto.js';
import { ruleDto as locationRuleDto } from '../location-rules/location-rule-view.js';
import { AssignmentRuleViews } from './assignment-rule-views.service.js';
import {
  AssignmentOverlapPage,
  AssignmentOverlapsQuery,
  AssignmentRuleDto,
  AssignmentRulePage,
  AssignmentRulesQuery,
  ChangeAssignmentRuleDto,
  CopyLocationRuleDto,
  CreateAssignmentRuleDto,
  ExplainAssignmentDto,
  OrderAssignmentRulesDto,
} from './assignment-rule.dto.js';
import { AssignmentRulesService, type AssignmentRuleChange } from './assignment-rules.service.js';
import { readTarget } from './assignment-target.dto.js';
import { AssignmentExplanationDto, explanationDto } from './explanation.dto.js';

/** Assignment rules say which DP the rows of an import get. */
@ApiTags('assignment-rules')
@Controller('api/v1/assignment-rules')
@RequirePermission('assignment-rules.read')
export class AssignmentRulesController {
  constructor(
    private readonly rules: AssignmentRulesService,
    private readonly repository: AssignmentRuleRepository,
    private readonly views: AssignmentRuleViews,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listAssignmentRules',
    summary: 'List assignment rules',
    description: 'Rules by tenant, in the order in which imports ask them.',
  })
  @ApiOkResponse({ type: AssignmentRulePage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: AssignmentRulesQuery,
  ): Promise<AssignmentRulePage> {
    const { tenant, dp, q } = query;
    const found = (await this.repository.list(caller.tenants)).filter(
      (rule) =>
        (tenant === undefined || rule.tenant === tenant) &&
        (dp === undefined || dpOfTarget(rule.target, rule.dp) === dp) &&
        mentions(q, rule.name),
    );
    const page = pageInMemory(found, query, {
      position: (rule) => rule.position,
      name: (rule) => rule.name,
      createdAt: (rule) => rule.createdAt,
    });
    return { ...page, items: await this.views.rulesDto(page.items) };
  }

  @Post()
  @ApiOperation({
    operationId: 'createAssignmentRule',
    summary: 'Create an assignment rule',
    description:
      'Imports ask it from their next reading on. Of the rules that match a row, the first one counts; rows whose DP stands in the file, or is mapped by their values, are not asked.',
  })
  @RequirePermission('assignment-rules.manage')
  @CreatedAt('/api/v1/assignment-rules/{id}')
  @ApiCreatedResponse({ type: AssignmentRuleDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateAssignmentRuleDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<AssignmentRuleDto> {
    const { assigned, faults } = readTarget(body);
    if (faults.length > 0) throw invalid(faults);
    const wish = {
      tenant: body.tenant as TenantId,
      directory: (body.directory ?? null) as DirectoryId | null,
      name: body.name,
      position: body.position ?? null,
      when: body.when,
      assigned,
    };
    return this.views.ruleDto(await this.rules.create(caller, wish, creation));
  }

  @Post('order')
  @ApiOperation({
    operationId: 'orderAssignmentRules',
    summary: 'Put assignment rules in order',
    description: 'Names every rule of a tenant, in the order in which imports are to ask them.',
  })
  @HttpCode(200)
  @RequirePermission('assignment-rules.manage')
  @ApiOkResponse({ type: AssignmentRulePage })
  async order(
    @CurrentCaller() caller: Caller,
    @Body() { tenant, rules }: OrderAssignmentRulesDto,
  ): Promise<AssignmentRulePage> {
    const ordered = await this.rules.order(caller, tenant as TenantId, rules);
    return { items: await this.views.rulesDto(ordered), next: null, total: ordered.length };
  }

  @Post('explain')
  @ApiOperation({
    operationId: 'explainAssignment',
    summary: 'Explain which rule takes a row',
    description:
      'Asks the rules of a tenant about a row that is written by hand: each rule with the reason, and which one chooses. Changes nothing. Rows of a run are explained by `POST /imports/{id}/explain-dp`.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: AssignmentExplanationDto })
  async explain(
    @CurrentCaller() caller: Caller,
    @Body() { tenant, directory, row }: ExplainAssignmentDto,
    @RequestLanguage() language: Language,
  ): Promise<AssignmentExplanationDto> {
    if (!(await this.rules.knowsTenant(caller, tenant as TenantId))) {
      throw invalid([{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }]);
    }
    const of = (directory ?? null) as DirectoryId | null;
    return explanationDto(await this.views.explain(tenant as TenantId, of, row), language);
  }

  @Post('from-location-rule')
  @ApiOperation({
    operationId: 'copyLocationRule',
    summary: 'Make an assignment rule of a location rule',
    description: 'With the same criteria, for the same DP, behind all others.',
  })
  @RequirePermission('assignment-rules.manage')
  @CreatedAt('/api/v1/assignment-rules/{id}')
  @ApiCreatedResponse({ type: AssignmentRuleDto })
  async copyFrom(
    @CurrentCaller() caller: Caller,
    @Body() { locationRule, name }: CopyLocationRuleDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<AssignmentRuleDto> {
    const wish = { locationRule: locationRule as LocationRuleId, name: name ?? null };
    return this.views.ruleDto(await this.rules.copyLocationRule(caller, wish, creation));
  }

  @Get('overlaps')
  @ApiOperation({
    operationId: 'listAssignmentRuleOverlaps',
    summary: 'List overlapping assignment rules',
    description:
      'Pairs of rules that give one row to different DPs, with an example; those that never choose first. A warning, not an error.',
  })
  @ApiOkResponse({ type: AssignmentOverlapPage })
  async overlaps(
    @CurrentCaller() caller: Caller,
    @Query() query: AssignmentOverlapsQuery,
  ): Promise<AssignmentOverlapPage> {
    const overlaps = await this.rules.overlaps(caller, (query.tenant ?? null) as TenantId | null);
    const identified = overlaps.map((overlap) => ({
      ...overlap,
      id: overlap.rules.map((rule) => rule.id).join('~'),
    }));
    const page = pageInMemory(identified, query);
    return { ...page, items: await this.views.overlapsDto(page.items) };
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getAssignmentRule',
    summary: 'Show an assignment rule',
    description: 'One rule, with its condition and how it fared in the last import that asked it.',
  })
  @ApiOkResponse({ type: AssignmentRuleDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<AssignmentRuleDto> {
    return this.views.ruleDto(await this.rules.get(caller, id as AssignmentRuleId));
  }

  @Patch(':id')
  @ApiOperation({
    operationId: 'changeAssignmentRule',
    summary: 'Change an assignment rule',
    description: 'Changes what the body names. `target` and `dp` belong together.',
  })
  @RequirePermission('assignment-rules.manage')
  @ApiOkResponse({ type: AssignmentRuleDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: ChangeAssignmentRuleDto,
    @IfMatch() revision: number | null,
  ): Promise<AssignmentRuleDto> {
    return this.views.ruleDto(
      await this.rules.change(caller, id as AssignmentRuleId, changeOf(body), revision),
    );
  }

  @Delete(':id')
  @ApiOperation({
    operationId: 'deleteAssignmentRule',
    summary: 'Delete an assignment rule',
    description: 'Computers that it gave to a DP keep it.',
  })
  @HttpCode(204)
  @RequirePermission('assignment-rules.manage')
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.rules.remove(caller, id as AssignmentRuleId, revision);
  }

  @Post(':id/location-rule')
  @ApiOperation({
    operationId: 'copyAssignmentRule',
    summary: 'Make a location rule of an assignment rule',
    description: 'With the same criteria, for the same DP, with priority 0.',
  })
  @RequirePermission('location-rules.manage')
  @CreatedAt('/api/v1/location-rules/{id}')
  @ApiCreatedResponse({ type: LocationRuleDto })
  async copyTo(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
  ): Promise<LocationRuleDto> {
    return locationRuleDto(await this.rules.copyToLocationRule(caller, id as AssignmentRuleId, creation));
  }
}

function changeOf(body: ChangeAssignmentRuleDto): AssignmentRuleChange {
  const { directory, name, position, when, target, dp } = body;
  const moved = target === undefined && dp === undefined ? null : readTarget(body);
  if (moved && moved.faults.length > 0) throw invalid(moved.faults);
  return {
    ...(directory !== undefined && { directory: directory as DirectoryId | null }),
    ...(name !== undefined && { name }),
    ...(position !== undefined && { position }),
    ...(when !== undefined && { when }),
    ...(moved && { assigned: moved.assigned }),
  };
}
