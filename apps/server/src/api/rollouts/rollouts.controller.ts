import { Readable } from 'node:stream';
import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  type Caller,
  type DpId,
  type FailureCode,
  type MemberState,
  type RolloutId,
  type RolloutState,
  type TenantId,
} from '#domain';
import { RolloutMemberRepository, RolloutRepository } from '#persistence';
import { currentTime } from '#runtime';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { DEFAULT_LIMIT } from '../../platform/http/list-query.dto.js';
import { pageRequest } from '../../platform/http/page-request.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { RolloutCommands } from '../../engine/rollouts/rollout-commands.js';
import { RolloutPlans } from '../../engine/rollouts/rollout-plans.js';
import { MembersQuery, RolloutsQuery } from './rollout-control.dto.js';
import { CreateRolloutDto, PlanRolloutDto } from './rollout-input.dto.js';
import { RolloutHolds } from './rollout-holds.js';
import { RolloutViews } from './rollout-views.js';
import { rolloutInput, selectionInput } from './rollout-input.js';
import { DpNames } from '../distribution-points/dp-names.js';
import { causeDto, memberDto, obstacleText, planDto, reportCsv } from './rollout-view.js';
import {
  RolloutDetailDto,
  RolloutDto,
  RolloutMemberPage,
  RolloutPage,
  RolloutPlanDto,
} from './rollout.dto.js';

/** Rollouts: releases of many computers that go by themselves, and stop themselves. */
@ApiTags('rollouts')
@Controller('api/v1/rollouts')
@RequirePermission('rollouts.control')
export class RolloutsController {
  constructor(
    private readonly commands: RolloutCommands,
    private readonly plans: RolloutPlans,
    private readonly views: RolloutViews,
    private readonly holds: RolloutHolds,
    private readonly rollouts: RolloutRepository,
    private readonly members: RolloutMemberRepository,
    private readonly dpNames: DpNames,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listRollouts',
    summary: 'List rollouts',
    description: 'Rollouts with their waves, newest first.',
  })
  @RequirePermission('rollouts.read')
  @ApiOkResponse({ type: RolloutPage })
  async list(
    @CurrentCaller() { tenants }: Caller,
    @Query() query: RolloutsQuery,
    @RequestLanguage() language: Language,
  ): Promise<RolloutPage> {
    const { tenant, state } = query;
    const filter = {
      ...(tenant !== undefined && { tenant: tenant as TenantId }),
      ...(state !== undefined && { states: [state as RolloutState] }),
    };
    const page = await this.rollouts.list(tenants, filter, pageRequest(query));
    const items = await Promise.all(page.items.map((one) => this.views.shown(one, language)));
    return { ...page, items };
  }

  @Post('plan')
  @ApiOperation({
    operationId: 'planRollout',
    summary: 'Plan a rollout',
    description:
      'What a rollout of these computers would be: how many in each wave, at which DPs, and what is in the way. Changes nothing.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: RolloutPlanDto })
  async plan(
    @CurrentCaller() caller: Caller,
    @Body() body: PlanRolloutDto,
    @RequestLanguage() language: Language,
  ): Promise<RolloutPlanDto> {
    const now = currentTime();
    const plan = await this.plans.plan(caller, selectionInput(body), now);
    const named = await this.dpNames.forTexts(plan.obstacles.map(obstacleText));
    return planDto(plan, named, now, language);
  }

  @Post()
  @ApiOperation({
    operationId: 'createRollout',
    summary: 'Start a rollout',
    description:
      'Releases computers wave by wave. The next wave begins when the one before has proved itself; failures beyond a limit stop it. Computers that cannot be released now are left out: see `POST /rollouts/plan`.',
  })
  @CreatedAt('/api/v1/rollouts/{id}')
  @ApiCreatedResponse({ type: RolloutDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateRolloutDto,
    @CurrentIdempotentCreate() { id }: IdempotentCreate,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDto> {
    const rollout = await this.commands.create(caller, id as RolloutId, rolloutInput(body));
    return this.views.shown(rollout, language);
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getRollout',
    summary: 'Show a rollout',
    description:
      'One rollout: its waves, when it will have ended, what stopped it, the commonest causes, and what orders of its wave wait for.',
  })
  @RequirePermission('rollouts.read')
  @ApiOkResponse({ type: RolloutDetailDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<RolloutDetailDto> {
    const rollout = await this.commands.get(caller, id as RolloutId);
    const [shown, causes, holds] = await Promise.all([
      this.views.shown(rollout, language),
      this.members.causes(rollout.id),
      this.holds.of(rollout),
    ]);
    return {
      ...shown,
      causes: causes.map((cause) => causeDto(cause, shown.counts)),
      heldBack: holds.map((hold) => ({ ...hold, until: hold.until?.toISOString() ?? null })),
    };
  }

  @Get(':id/members')
  @ApiOperation({
    operationId: 'listRolloutMembers',
    summary: 'List the computers of a rollout',
    description: 'Each with its wave, how it stands, and what it failed with.',
  })
  @RequirePermission('rollouts.read')
  @ApiOkResponse({ type: RolloutMemberPage })
  async listMembers(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query() { state, wave, dp, code, q, limit = DEFAULT_LIMIT, after }: MembersQuery,
  ): Promise<RolloutMemberPage> {
    const rollout = await this.commands.get(caller, id as RolloutId);
    const filter = {
      ...(state !== undefined && { states: [state as MemberState] }),
      ...(wave !== undefined && { wave }),
      ...(dp !== undefined && { dp: dp as DpId }),
      ...(code !== undefined && { code: code as FailureCode }),
      ...(q !== undefined && { q }),
    };
    const page = await this.members.list(rollout.id, filter, { limit, after: after ?? null });
    return mapPage(page, memberDto);
  }

  @Get(':id/report.csv')
  @ApiOperation({
    operationId: 'exportRolloutReport',
    summary: 'Export the report of a rollout as CSV',
    description: 'A line for each computer: its wave, how it stands, what it failed with and said.',
  })
  @RequirePermission('rollouts.read')
  @ApiOkResponse({
    content: {
      'text/csv': {
        schema: { type: 'string' },
        example: 'Computer;DP;Wave;Status\r\nPC-017;north;1;ready\r\n',
      },
    },
  })
  async report(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
    @RequestLanguage() language: Language,
  ): Promise<void> {
    const rollout = await this.commands.get(caller, id as RolloutId);
    await reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="rollout-${rollout.id}.csv"`)
      .send(Readable.from(reportCsv(this.members.stream(rollout.id), language)));
  }
}
