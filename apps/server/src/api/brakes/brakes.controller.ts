import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { AccountId, BrakeId, BrakeScope, Caller, DpId, ReleaseVersion } from '#domain';
import { BrakeRepository } from '#persistence';
import type { Language } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { CreatedAt } from '../../platform/http/response-headers.interceptor.js';
import { CurrentIdempotentCreate, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { mapPage } from '../../platform/http/page.dto.js';
import { mentions, pageInMemory } from '../../platform/http/page-in-memory.js';
import { HoldReevaluator } from '../../engine/holds/hold-reevaluator.js';
import {
  BrakeDto,
  brakeDto,
  brakeReason,
  BrakePage,
  BrakesQuery,
  LiftBrakeDto,
  OpenBrakeDto,
  type BrakeScopeDto,
} from './brake.dto.js';
import { BrakesService } from './brakes.service.js';
import { RequestLanguage } from '../../platform/http/request-language.js';

/** The newest brakes that a list shows; older lifted ones are in the audit. */
const MOST_LISTED = 1000;

@ApiTags('brakes')
@Controller('api/v1/brakes')
@RequirePermission('brakes.control')
export class BrakesController {
  constructor(
    private readonly brakes: BrakesService,
    private readonly repository: BrakeRepository,
    private readonly holds: HoldReevaluator,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'listBrakes',
    summary: 'List brakes',
    description: 'Brakes, newest first. `GET /orders?brake=` lists the orders that one of them holds back.',
  })
  @RequirePermission('brakes.read')
  @ApiOkResponse({ type: BrakePage })
  async list(
    @CurrentCaller() { tenants }: Caller,
    @Query() query: BrakesQuery,
    @RequestLanguage() language: Language,
  ): Promise<BrakePage> {
    const found = (await this.repository.list(tenants, MOST_LISTED)).filter(
      (brake) =>
        (query.open === undefined || query.open === (brake.lifted === null)) &&
        mentions(query.q, brakeReason(brake, tenants, language)),
    );
    return mapPage(pageInMemory(found, query), (brake) => brakeDto(brake, tenants, language));
  }

  @Post()
  @ApiOperation({
    operationId: 'setBrake',
    summary: 'Set a brake',
    description: 'Holds back every order that matches all parts of the scope until the brake is released.',
  })
  @CreatedAt('/api/v1/brakes/{id}')
  @ApiCreatedResponse({ type: BrakeDto })
  async open(
    @CurrentCaller() caller: Caller,
    @Body() { scope, reason }: OpenBrakeDto,
    @CurrentIdempotentCreate() creation: IdempotentCreate,
    @RequestLanguage() language: Language,
  ): Promise<BrakeDto> {
    return brakeDto(
      await this.brakes.open(caller, scopeOf(scope), reason, creation),
      caller.tenants,
      language,
    );
  }

  @Get(':id')
  @ApiOperation({
    operationId: 'getBrake',
    summary: 'Show a brake',
    description: 'One brake, with the failures that tripped it.',
  })
  @RequirePermission('brakes.read')
  @ApiOkResponse({ type: BrakeDto })
  async get(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @RequestLanguage() language: Language,
  ): Promise<BrakeDto> {
    return brakeDto(await this.brakes.get(caller, id as BrakeId), caller.tenants, language);
  }

  @Post(':id/lift')
  @ApiOperation({
    operationId: 'releaseBrake',
    summary: 'Release a brake',
    description:
      'Releases the brake and every other open one of the same scope. The orders that they held back go on.',
  })
  @ApiProblems('WRONG_STATE')
  @HttpCode(200)
  @ApiOkResponse({ type: BrakeDto })
  async lift(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason }: LiftBrakeDto,
    @RequestLanguage() language: Language,
  ): Promise<BrakeDto> {
    const lifted = await this.brakes.lift(caller, id as BrakeId, reason);
    await this.holds.brakesLifted(lifted.map((brake) => brake.id));
    return brakeDto(await this.brakes.get(caller, id as BrakeId), caller.tenants, language);
  }
}

function scopeOf({ account, release, dp }: BrakeScopeDto): BrakeScope {
  return {
    account: (account ?? null) as AccountId | null,
    release: (release ?? null) as ReleaseVersion | null,
    dp: (dp ?? null) as DpId | null,
  };
}
