import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { AccountId, BrakeId, BrakeScope, DpId, ReleaseVersion } from '#domain';
import { BrakeRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { CreatedAt } from '../http/answer-headers.interceptor.js';
import { CurrentCreation, type Creation } from '../http/creation.js';
import { mapPage } from '../http/page.dto.js';
import { mentions, pageInMemory } from '../http/page-in-memory.js';
import { OrdersService } from '../orders/orders.service.js';
import {
  BrakeDto,
  brakeDto,
  BrakePage,
  BrakesQuery,
  LiftBrakeDto,
  OpenBrakeDto,
  type BrakeScopeDto,
} from './brake.dto.js';
import { Brakes } from './brakes.service.js';

/** The newest brakes that a list shows; older lifted ones are in the audit. */
const MOST_LISTED = 1000;

@ApiTags('brakes')
@Controller('api/v1/brakes')
@Needs('brakes.control')
export class BrakesController {
  constructor(
    private readonly brakes: Brakes,
    private readonly repository: BrakeRepository,
    private readonly orders: OrdersService,
  ) {}

  /** Brakes, the newest first. Which orders one stops: `GET /orders?brake=`. */
  @Get()
  @Needs('brakes.read')
  @ApiOkResponse({ type: BrakePage })
  async list(@CurrentCaller() { tenants }: Caller, @Query() query: BrakesQuery): Promise<BrakePage> {
    const found = (await this.repository.list(tenants, MOST_LISTED)).filter(
      ({ lifted, reason }) =>
        (query.open === undefined || query.open === (lifted === null)) && mentions(query.q, reason),
    );
    return mapPage(pageInMemory(found, query), (brake) => brakeDto(brake, tenants));
  }

  /** Opens a brake by hand. A scope means all its parts together. */
  @Post()
  @CreatedAt('/api/v1/brakes/{id}')
  @ApiCreatedResponse({ type: BrakeDto })
  async open(
    @CurrentCaller() caller: Caller,
    @Body() { scope, reason }: OpenBrakeDto,
    @CurrentCreation() creation: Creation,
  ): Promise<BrakeDto> {
    return brakeDto(await this.brakes.open(caller, scopeOf(scope), reason, creation), caller.tenants);
  }

  @Get(':id')
  @Needs('brakes.read')
  @ApiOkResponse({ type: BrakeDto })
  async get(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<BrakeDto> {
    return brakeDto(await this.brakes.get(caller, id as BrakeId), caller.tenants);
  }

  /** Lifts a brake: the orders it held back go on. */
  @Post(':id/lift')
  @HttpCode(200)
  @ApiOkResponse({ type: BrakeDto })
  async lift(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() { reason }: LiftBrakeDto,
  ): Promise<BrakeDto> {
    const lifted = await this.brakes.lift(caller, id as BrakeId, reason);
    await this.orders.brakesLifted(lifted.map((brake) => brake.id));
    return brakeDto(await this.brakes.get(caller, id as BrakeId), caller.tenants);
  }
}

function scopeOf({ account, release, dp }: BrakeScopeDto): BrakeScope {
  return {
    account: (account ?? null) as AccountId | null,
    release: (release ?? null) as ReleaseVersion | null,
    dp: (dp ?? null) as DpId | null,
  };
}
