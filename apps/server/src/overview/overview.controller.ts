import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { COMPUTER_STATES, isOverdue, ORDER_STATES, type DistributionPoint } from '#domain';
import { ComputerRepository, DistributionPointRepository, OrderRepository } from '#persistence';
import { CurrentCaller, type Caller } from '../access/caller.js';
import { Needs } from '../access/needs.js';
import { dpStatus } from '../distribution-points/enrolment.service.js';
import { SettingsService } from '../settings/settings.service.js';
import { OverviewDto, type DpHealthDto } from './overview.dto.js';

@ApiTags('overview')
@Controller('api/v1/overview')
export class OverviewController {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly settings: SettingsService,
  ) {}

  /** Counts per state, health of the DPs, failures by code: as far as the caller may see. */
  @Get()
  @Needs('computers.read')
  @ApiOkResponse({ type: OverviewDto })
  async show(@CurrentCaller() { tenants }: Caller): Promise<OverviewDto> {
    const [computers, orders, failures, dps] = await Promise.all([
      this.computers.countsByState(tenants),
      this.orders.countsByState(tenants),
      this.orders.failuresByCode(tenants),
      this.dps.list(tenants),
    ]);
    return {
      computers: Object.fromEntries(COMPUTER_STATES.map((state) => [state, computers.get(state) ?? 0])),
      orders: Object.fromEntries(ORDER_STATES.map((state) => [state, orders.get(state) ?? 0])),
      runningOrders: orders.get('running') ?? 0,
      distributionPoints: await this.health(dps),
      failures: Object.fromEntries(failures),
      brakes: 0,
    };
  }

  private async health(dps: readonly DistributionPoint[]): Promise<DpHealthDto> {
    const now = new Date();
    const health: DpHealthDto = { total: dps.length, pending: 0, enabled: 0, disabled: 0, overdue: 0 };
    for (const dp of dps) {
      health[dpStatus(dp)] += 1;
      const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
      if (dp.state === 'enabled' && isOverdue(dp.lastSeen?.at ?? null, pollInterval, now))
        health.overdue += 1;
    }
    return health;
  }
}
