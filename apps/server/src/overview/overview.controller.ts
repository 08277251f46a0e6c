import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { COMPUTER_STATES, inScope, ORDER_STATES, type DistributionPoint } from '#domain';
import {
  BrakeRepository,
  ComputerRepository,
  DistributionPointRepository,
  OrderRepository,
} from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { DpViews } from '../distribution-points/dp-views.js';
import { dpStatus } from '../distribution-points/enrolment.service.js';
import { OrdersPerHourDto, OverviewDto, type DpHealthDto } from './overview.dto.js';

const HOUR_MS = 3_600_000;
const HOURS = 48;

@ApiTags('overview')
@Controller('api/v1/overview')
export class OverviewController {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly brakes: BrakeRepository,
    private readonly views: DpViews,
  ) {}

  /** Counts per state, health of the DPs, failures by code: as far as the caller may see. */
  @Get()
  @Needs('computers.read')
  @ApiOkResponse({ type: OverviewDto })
  async show(@CurrentCaller() { tenants }: Caller): Promise<OverviewDto> {
    const [computers, orders, failures, dps, brakes] = await Promise.all([
      this.computers.countsByState(tenants),
      this.orders.countsByState(tenants),
      this.orders.failuresByCode(tenants),
      this.dps.list(tenants),
      this.brakes.open(),
    ]);
    return {
      computers: Object.fromEntries(COMPUTER_STATES.map((state) => [state, computers.get(state) ?? 0])),
      orders: Object.fromEntries(ORDER_STATES.map((state) => [state, orders.get(state) ?? 0])),
      runningOrders: orders.get('running') ?? 0,
      distributionPoints: await this.health(dps),
      failures: Object.fromEntries(failures),
      brakes: brakes.filter(({ tenant }) => tenant === null || inScope(tenants, tenant)).length,
    };
  }

  /** Orders made and ended in each hour of the last two days. */
  @Get('orders-per-hour')
  @Needs('orders.read')
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

  private async health(dps: readonly DistributionPoint[]): Promise<DpHealthDto> {
    const { size: overdue } = await this.views.overdueAmong(dps, new Date());
    const health: DpHealthDto = { total: dps.length, pending: 0, enabled: 0, disabled: 0, overdue };
    for (const dp of dps) health[dpStatus(dp)] += 1;
    return health;
  }
}
