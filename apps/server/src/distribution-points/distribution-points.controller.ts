import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { DpId, TenantId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { serverEnv } from '../env.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { ShownOnce } from '../http/idempotency.interceptor.js';
import { IfMatch } from '../http/if-match.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import { ServerKeys } from '../keys/server-keys.js';
import {
  ChangeDistributionPointDto,
  CreateDistributionPointDto,
  DistributionPointDto,
  DistributionPointPage,
  DistributionPointsQuery,
  EnableDto,
  JoinableDistributionPointDto,
} from './distribution-point.dto.js';
import { DistributionPoints, type Joinable } from './distribution-points.service.js';
import { DpViews } from './dp-views.js';
import { dpStatus } from './enrolment.service.js';
import { joinCommand } from './join-token.js';

const SHOWN_ONCE = ['joinToken', 'joinCommand', 'joinTokenExpiresAt'];

@ApiTags('distribution-points')
@Controller('api/v1/distribution-points')
@Needs('dps.manage')
export class DistributionPointsController {
  constructor(
    private readonly dps: DistributionPoints,
    private readonly repository: DistributionPointRepository,
    private readonly views: DpViews,
    private readonly keys: ServerKeys,
  ) {}

  @Get()
  @Needs('dps.read')
  @ApiOkResponse({ type: DistributionPointPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: DistributionPointsQuery,
  ): Promise<DistributionPointPage> {
    const { tenant, state, overdue, q } = query;
    const named = (await this.repository.list(caller.tenants)).filter(
      (dp) =>
        (tenant === undefined || dp.tenant === tenant) &&
        (state === undefined || dpStatus(dp) === state) &&
        mentions(q, dp.id, dp.name),
    );
    const late = overdue === undefined ? null : await this.views.overdueAmong(named, new Date());
    const found = late === null ? named : named.filter((dp) => late.has(dp.id) === overdue);
    const page = pageInMemory(found, query, {
      id: (dp) => dp.id,
      name: (dp) => dp.name,
      createdAt: (dp) => dp.createdAt,
    });
    return { ...page, items: await this.views.many(caller.tenants, page.items) };
  }

  /** Creates a DP, with a join token for the machine that is to become it. */
  @Post()
  @CreatedAt('/api/v1/distribution-points/{id}')
  @ShownOnce(...SHOWN_ONCE)
  @ApiCreatedResponse({ type: JoinableDistributionPointDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateDistributionPointDto,
    @CurrentCreation() creation: Creation,
  ): Promise<JoinableDistributionPointDto> {
    const { id, name, tenant } = body;
    return this.joinable(
      caller,
      await this.dps.create(caller, { id: id as DpId, name, tenant: tenant as TenantId | null }, creation),
    );
  }

  @Get(':dp')
  @Needs('dps.read')
  @ApiOkResponse({ type: DistributionPointDto })
  async get(@CurrentCaller() caller: Caller, @Param('dp') dp: string): Promise<DistributionPointDto> {
    return this.views.one(caller.tenants, await this.dps.get(caller, dp as DpId));
  }

  @Patch(':dp')
  @ApiOkResponse({ type: DistributionPointDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Body() body: ChangeDistributionPointDto,
    @IfMatch() revision: number | null,
  ): Promise<DistributionPointDto> {
    return this.views.one(caller.tenants, await this.dps.rename(caller, dp as DpId, body.name, revision));
  }

  /** Deletes a DP that has no open orders and no computers fixed to it. */
  @Delete(':dp')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.dps.remove(caller, dp as DpId, revision);
  }

  /** Lets the DP have orders [freischalten]. */
  @Post(':dp/enable')
  @HttpCode(200)
  @ApiOkResponse({ type: DistributionPointDto })
  @ApiBody({ type: EnableDto, required: false })
  async enable(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Body() body: EnableDto,
  ): Promise<DistributionPointDto> {
    return this.views.one(
      caller.tenants,
      await this.dps.enable(caller, dp as DpId, body.keyFingerprint ?? null),
    );
  }

  /** Stops the DP [sperren]: no orders, no files, within a second. What it reports is still taken. */
  @Post(':dp/disable')
  @HttpCode(200)
  @ApiOkResponse({ type: DistributionPointDto })
  async disable(@CurrentCaller() caller: Caller, @Param('dp') dp: string): Promise<DistributionPointDto> {
    return this.views.one(caller.tenants, await this.dps.disable(caller, dp as DpId));
  }

  /** A new join token; the one before stops working. */
  @Post(':dp/join-token')
  @CreatedAt('/api/v1/distribution-points/{dp}')
  @ShownOnce(...SHOWN_ONCE)
  @ApiCreatedResponse({ type: JoinableDistributionPointDto })
  async joinToken(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
  ): Promise<JoinableDistributionPointDto> {
    return this.joinable(caller, await this.dps.newJoinToken(caller, dp as DpId));
  }

  private async joinable(caller: Caller, { dp, token }: Joinable): Promise<JoinableDistributionPointDto> {
    return {
      ...(await this.views.one(caller.tenants, dp)),
      joinToken: token,
      joinCommand: joinCommand(serverEnv().GATEWAY_URL, token, this.keys.fingerprint),
      ...(dp.joinToken && { joinTokenExpiresAt: dp.joinToken.expiresAt.toISOString() }),
    };
  }
}
