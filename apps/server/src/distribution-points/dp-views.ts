import { Injectable } from '@nestjs/common';
import { isOverdue, lastSignOf, type DistributionPoint, type DpId, type TenantScope } from '#domain';
import { BrokerUnavailable, OrderQueues } from '#messaging';
import { OrderRepository } from '#persistence';
import type { Plain } from '../http/plain.js';
import { SettingsService } from '../settings/settings.service.js';
import type { DistributionPointDto, DpAlertDto, DpOrdersDto, DpQueueDto } from './distribution-point.dto.js';
import { dpStatus } from './enrolment.service.js';

const NO_ORDERS: DpOrdersDto = { open: 0, running: 0, failed: 0 };

/**
 * Distribution points as administrators see them: with their queue, their orders and their health (R5). Of one that serves
 * every tenant, each sees its own orders, and the queue is for those who see all.
 */
@Injectable()
export class DpViews {
  constructor(
    private readonly orders: OrderRepository,
    private readonly queues: OrderQueues,
    private readonly settings: SettingsService,
  ) {}

  async one(scope: TenantScope, dp: DistributionPoint): Promise<Plain<DistributionPointDto>> {
    const [view] = await this.many(scope, [dp]);
    if (!view) throw new Error('a view was lost');
    return view;
  }

  async many(scope: TenantScope, dps: readonly DistributionPoint[]): Promise<Plain<DistributionPointDto>[]> {
    const now = new Date();
    const orders = await this.orders.countsByDp(
      scope,
      dps.map((dp) => dp.id),
    );
    return Promise.all(
      dps.map(async (dp) => {
        const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
        const queue = dp.tenant === null && scope !== 'all' ? null : await this.queueOf(dp);
        return show(dp, queue, orders.get(dp.id) ?? NO_ORDERS, pollInterval, now);
      }),
    );
  }

  /** Ids of the enabled ones that were not heard of for too long. */
  async overdueAmong(dps: readonly DistributionPoint[], now: Date): Promise<ReadonlySet<DpId>> {
    const late = new Set<DpId>();
    for (const dp of dps) {
      const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
      if (isLate(dp, pollInterval, now)) late.add(dp.id);
    }
    return late;
  }

  private async queueOf(dp: DistributionPoint): Promise<DpQueueDto | null> {
    try {
      const { ready, unacked } = await this.queues.counts(dp.id);
      return { ready, unacked: unacked ?? 0 };
    } catch (error) {
      if (error instanceof BrokerUnavailable) return null;
      throw error;
    }
  }
}

function isLate(dp: DistributionPoint, pollInterval: number, now: Date): boolean {
  return dp.state === 'enabled' && isOverdue(lastSignOf(dp), pollInterval, now);
}

function show(
  dp: DistributionPoint,
  queue: DpQueueDto | null,
  orders: DpOrdersDto,
  pollInterval: number,
  now: Date,
): Plain<DistributionPointDto> {
  const lastSign = lastSignOf(dp);
  const overdue = isLate(dp, pollInterval, now);
  return {
    id: dp.id,
    name: dp.name,
    tenant: dp.tenant,
    state: dpStatus(dp),
    keyFingerprint: dp.keys?.fingerprint ?? null,
    sealingKeyId: dp.keys?.sealingKeyId ?? null,
    agent: dp.agent && { ...dp.agent, localAccounts: dp.agent.localAccounts ?? 0 },
    lastSeen: dp.lastSeen?.at.toISOString() ?? null,
    address: dp.lastSeen?.address ?? null,
    overdue,
    alerts: overdue && lastSign && orders.open > 0 ? [overdueWithOrders(lastSign, orders.open)] : [],
    queue,
    orders,
    createdAt: dp.createdAt.toISOString(),
    revision: dp.revision,
  };
}

function overdueWithOrders(since: Date, open: number): DpAlertDto {
  const at = since.toISOString();
  return {
    code: 'OVERDUE_WITH_ORDERS',
    at,
    text: `It has not asked since ${at}; ${open} orders wait for it.`,
  };
}
