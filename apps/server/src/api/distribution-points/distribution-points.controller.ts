import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
  ApiOperation,
} from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { lastSightingOf, type Caller, type DpId, type TenantId } from '#domain';
import { DistributionPointRepository } from '#persistence';
import { currentTime } from '#runtime';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { OmitOnReplay } from '../../platform/http/idempotency.interceptor.js';
import { IfMatch } from '../../platform/http/if-match.js';
import { mentions, NEVER, pageInMemory } from '../../platform/http/page-in-memory.js';
import {
  ChangeDistributionPointDto,
  CreateDistributionPointDto,
  DistributionPointDto,
  DistributionPointPage,
  DistributionPointsQuery,
  AcceptAuditDto,
  EnableDto,
  JoinableDistributionPointDto,
} from './distribution-point.dto.js';
import { DistributionPointsService } from './distribution-points.service.js';
import { DpOverviewDto } from './dp-overview.dto.js';
import { DpOverviews } from './dp-overviews.js';
import { DpViews } from './dp-views.js';
import { dpStatus } from '../../engine/distribution-points/dp-status.js';
import { JoinableViews, SHOWN_ONCE } from './joinable-views.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

@ApiTags('distribution-points')
@Controller('api/v1/distribution-points')
@RequirePermission('dps.manage')
export class DistributionPointsController {
  constructor(
    private readonly dps: DistributionPointsService,
    private readonly repository: DistributionPointRepository,
    private readonly views: DpViews,
    private readonly overviews: DpOverviews,
    private readonly joinables: JoinableViews,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listDistributionPoints',
    summary: 'List distribution points',
    description: 'DPs with their health, their queue and their orders.',
  })
  @RequirePermission('dps.read')
  @ApiOkResponse({ type: DistributionPointPage })
  async list(
    @CurrentCaller() caller: Caller,
    @Query() query: DistributionPointsQuery,
    @RequestLanguage() language: Language,
  ): Promise<DistributionPointPage> {
    const { tenant, state, overdue, withoutAccount, q } = query;
    const named = (await this.repository.list(caller.tenants)).filter(
      (dp) =>
        (tenant === undefined || dp.tenant === tenant) &&
        (state === undefined || dpStatus(dp) === state) &&
        mentions(q, dp.id, dp.name),
    );
    const late = overdue === undefined ? null : await this.views.overdueAmong(named, currentTime());
    const lacking =
      withoutAccount === undefined ? null : await this.views.lackingAccount(caller.tenants, named);
    const found = named.filter(
      ({ id }) =>
        (late === null || late.has(id) === overdue) &&
        (lacking === null || lacking.has(id) === withoutAccount),
    );
    const page = pageInMemory(found, query, {
      id: (dp) => dp.id,
      name: (dp) => dp.name,
      createdAt: (dp) => dp.createdAt,
      state: (dp) => dpStatus(dp),
      lastSeen: (dp) => lastSightingOf(dp)?.at ?? NEVER,
      version: (dp) => dp.agent?.version ?? '',
    });
    return { ...page, items: await this.views.many(caller.tenants, page.items, language) };
  }

  @Post()
  @ApiOperation({
    operationId: 'createDistributionPoint',
    summary: 'Create a distribution point',
    description:
      'Creates a DP and a join token for the machine that is to become it. Token and command are in this response only.',
  })
  @ApiProblems('DUPLICATE')
  @CreatedAt('/api/v1/distribution-points/{id}')
  @OmitOnReplay(...SHOWN_ONCE)
  @ApiCreatedResponse({ type: JoinableDistributionPointDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: CreateDistributionPointDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
    @RequestLanguage() language: Language,
  ): Promise<JoinableDistributionPointDto> {
    const { id, name, tenant } = body;
    return this.joinables.show(
      caller,
      await this.dps.create(caller, { id: id as DpId, name, tenant: tenant as TenantId | null }, creation),
      language,
    );
  }

  @Get(':dp')
  @ApiOperation({
    operationId: 'getDistributionPoint',
    summary: 'Show a distribution point',
    description: 'One DP, with its health, its queue and its orders.',
  })
  @RequirePermission('dps.read')
  @ApiOkResponse({ type: DistributionPointDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @RequestLanguage() language: Language,
  ): Promise<DistributionPointDto> {
    return this.views.one(caller.tenants, await this.dps.get(caller, dp as DpId), language);
  }

  @Get(':dp/overview')
  @ApiOperation({
    operationId: 'getDistributionPointOverview',
    summary: 'Show what belongs to a distribution point',
    description:
      'Accounts for it, its computers by state, its failed orders by cause, and location rules that name it. What counts for it: `GET /api/v1/distribution-points/{dp}/settings`; its orders: `GET /api/v1/distribution-points/{dp}/orders`.',
  })
  @RequirePermission('dps.read')
  @ApiOkResponse({ type: DpOverviewDto })
  async overview(@CurrentCaller() caller: Caller, @Param('dp') dp: string): Promise<DpOverviewDto> {
    return this.overviews.of(caller.tenants, await this.dps.get(caller, dp as DpId));
  }

  @Patch(':dp')
  @ApiOperation({
    operationId: 'changeDistributionPoint',
    summary: 'Rename a distribution point',
    description: 'Changes the name; the id cannot be changed.',
  })
  @ApiOkResponse({ type: DistributionPointDto })
  async change(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Body() body: ChangeDistributionPointDto,
    @IfMatch() revision: number | null,
    @RequestLanguage() language: Language,
  ): Promise<DistributionPointDto> {
    return this.views.one(
      caller.tenants,
      await this.dps.rename(caller, dp as DpId, body.name, revision),
      language,
    );
  }

  @Delete(':dp')
  @ApiOperation({
    operationId: 'deleteDistributionPoint',
    summary: 'Delete a distribution point',
    description: 'Deletes a DP without open orders and without computers that are fixed to it.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @IfMatch() revision: number | null,
  ): Promise<void> {
    return this.dps.remove(caller, dp as DpId, revision);
  }

  @Post(':dp/enable')
  @ApiOperation({
    operationId: 'enableDistributionPoint',
    summary: 'Enable a distribution point',
    description:
      'From now on the DP gets orders. Compare the fingerprint first: send the one that the machine shows as `keyFingerprint`; that of a second machine enables this one. `accountsToEnter` names accounts whose secret has to be entered again for it.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: DistributionPointDto })
  @ApiBody({ type: EnableDto, required: false })
  async enable(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Body() body: EnableDto,
    @RequestLanguage() language: Language,
  ): Promise<DistributionPointDto> {
    return this.views.one(
      caller.tenants,
      await this.dps.enable(caller, dp as DpId, body.keyFingerprint ?? null),
      language,
    );
  }

  @Post(':dp/disable')
  @ApiOperation({
    operationId: 'disableDistributionPoint',
    summary: 'Disable a distribution point',
    description: 'Within a second the DP gets neither orders nor files. What it still reports is taken.',
  })
  @HttpCode(200)
  @ApiOkResponse({ type: DistributionPointDto })
  async disable(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @RequestLanguage() language: Language,
  ): Promise<DistributionPointDto> {
    return this.views.one(caller.tenants, await this.dps.disable(caller, dp as DpId), language);
  }

  @Post(':dp/accept-audit')
  @ApiOperation({
    operationId: 'acceptAuditOfDistributionPoint',
    summary: 'Accept what a distribution point was told of the audit',
    description:
      'Ends the alert `AUDIT_CONTRADICTED`: you know where the contradiction comes from, such as a backup that was restored. Run `relaypoint-admin verify-audit` with the file of the DP first (docs/security.md, "The audit"). `heardAt` is the `at` of the newest of these alerts: what has come since you looked is refused, and nothing is accepted. What contradicts that again is a new alert. Repeating it changes nothing.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: DistributionPointDto })
  async acceptAudit(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @Body() body: AcceptAuditDto,
    @RequestLanguage() language: Language,
  ): Promise<DistributionPointDto> {
    const heardAt = new Date(body.heardAt);
    return this.views.one(caller.tenants, await this.dps.acceptAudit(caller, dp as DpId, heardAt), language);
  }

  @Post(':dp/join-token')
  @ApiOperation({
    operationId: 'createJoinToken',
    summary: 'Create a new join token',
    description: 'Token and command are in this response only; the token before it stops working.',
  })
  @ApiProblems('WRONG_STATE')
  @CreatedAt('/api/v1/distribution-points/{dp}')
  @OmitOnReplay(...SHOWN_ONCE)
  @ApiCreatedResponse({ type: JoinableDistributionPointDto })
  async joinToken(
    @CurrentCaller() caller: Caller,
    @Param('dp') dp: string,
    @RequestLanguage() language: Language,
  ): Promise<JoinableDistributionPointDto> {
    return this.joinables.show(caller, await this.dps.newJoinToken(caller, dp as DpId), language);
  }
}
