import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags, ApiOperation } from '@nestjs/swagger';
import {
  type Caller,
  COMPUTER_STATES,
  type DistributionPoint,
  inScope,
  ORDER_STATES,
  type TenantScope,
} from '#domain';
import {
  BrakeRepository,
  DistributionPointRepository,
  OrderRepository,
  RolloutRepository,
} from '#persistence';
import { currentTime } from '#runtime';
import { type Language, textIn } from '#texts';
import { CurrentCaller } from '../../platform/auth/current-caller.js';
import { RequestLanguage } from '../../platform/http/request-language.js';
import { RequirePermission } from '../../platform/auth/require-permission.js';
import { DpSilence } from '../../engine/eligibility/dp-silence.js';
import { DpViews } from '../distribution-points/dp-views.js';
import { dpStatus } from '../../engine/distribution-points/dp-status.js';
import { OverviewCounts } from './overview-counts.js';
import { OrdersPerHourDto, OverviewDto, type DpHealthDto } from './overview.dto.js';

const HOUR_MS = 3_600_000;
const HOURS = 48;

@ApiTags('overview')
@Controller('api/v1/overview')
export class OverviewController {
  constructor(
    private readonly counts: OverviewCounts,
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly brakes: BrakeRepository,
    private readonly rollouts: RolloutRepository,
    private readonly views: DpViews,
    private readonly silence: DpSilence,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'getOverview',
    summary: 'Show the overview',
    description:
      'Computers and orders by state, health of the DPs, failures by code, as far as the caller may see.',
  })
  @RequirePermission('computers.read')
  @ApiOkResponse({ type: OverviewDto })
  async show(
    @CurrentCaller() { tenants }: Caller,
    @RequestLanguage() language: Language,
  ): Promise<OverviewDto> {
    const [{ computers, orders, failures }, dps, brakes, rollouts] = await Promise.all([
      this.counts.of(tenants),
      this.dps.list(tenants),
      this.brakes.open(),
      this.rollouts.active(),
    ]);
    return {
      computers: Object.fromEntries(COMPUTER_STATES.map((state) => [state, computers.get(state) ?? 0])),
      orders: Object.fromEntries(ORDER_STATES.map((state) => [state, orders.get(state) ?? 0])),
      runningOrders: orders.get('running') ?? 0,
      distributionPoints: await this.health(tenants, dps),
      failures: Object.fromEntries(failures),
      causes: [...failures]
        .toSorted(([, a], [, b]) => b - a)
        .map(([code, count]) => ({
          code,
          count,
          title: textIn(language, { key: `failed.${code}` }),
          text: textIn(language, { key: `failure.${code}` }),
        })),
      brakes: brakes.filter(({ tenant }) => tenant === null || inScope(tenants, tenant)).length,
      pausedRollouts: rollouts.filter(({ state, tenant }) => state === 'paused' && inScope(tenants, tenant))
        .length,
    };
  }

  @Get('orders-per-hour')
  @ApiOperation({
    operationId: 'getOrdersPerHour',
    summary: 'Show the orders per hour',
    description: 'Orders created and ended in each hour of the last two days.',
  })
  @RequirePermission('orders.read')
  @ApiOkResponse({ type: OrdersPerHourDto })
  async perHour(@CurrentCaller() { tenants }: Caller): Promise<OrdersPerHourDto> {
    const thisHour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const first = thisHour - (HOURS - 1) * HOUR_MS;
    const hours = Array.from({ length: HOURS }, (_, index) => {
      return { at: new Date(first + index * HOUR_MS).toISOString(), made: 0, succeeded: 0, failed: 0 };
    });
    const byHour = new Map(hours.map((hour) => [hour.at, hour]));
    for (const { hour, ended, count } of await this.orders.perHour(tenants, new Date(first))) {
      const of = byHour.get(hour);
      if (!of || ended === 'cancelled') continue;
      of[ended === null ? 'made' : ended === 'succeeded' ? 'succeeded' : 'failed'] += count;
    }
    return { hours };
  }

  private async health(tenants: TenantScope, dps: readonly DistributionPoint[]): Promise<DpHealthDto> {
    const { size: overdue } = await this.views.overdueAmong(dps, currentTime());
    const { size: withoutAccount } = await this.views.lackingAccount(tenants, dps);
    const states = { pending: 0, enabled: 0, disabled: 0 };
    const toEnable = dps.filter(({ state }) => state === 'pending').length;
    const unheardSince = this.silence.deafSince?.toISOString() ?? null;
    const health: DpHealthDto = {
      total: dps.length,
      ...states,
      toEnable,
      overdue,
      unheardSince,
      withoutAccount,
    };
    for (const dp of dps) health[dpStatus(dp)] += 1;
    return health;
  }
}
