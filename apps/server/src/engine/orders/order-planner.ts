import { Injectable } from '@nestjs/common';
import { planOrder, platformOf, type Computer, type InstallOrder } from '#domain';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { askedEntry } from './order-events.js';

/** Seconds a DP has to fetch an order before the next one on its route gets it; else two poll intervals. */
const SHORTEST_PASS_ON = 30;

/** Makes orders from the intents on their computers; the same intent always gives the same order. */
@Injectable()
export class OrderPlanner {
  constructor(
    private readonly settings: SettingsService,
    private readonly feed: ChangeFeed,
  ) {}

  async ordersFor(computers: readonly Computer[], now: Date): Promise<InstallOrder[]> {
    const orders: InstallOrder[] = [];
    for (const computer of computers) {
      const intent = computer.openOrder;
      if (!intent) continue;
      const settings = await this.settings.forDp(computer.tenant, intent.dp);
      orders.push(
        planOrder({
          id: intent.id,
          tenant: computer.tenant,
          computer: computer.id,
          dp: intent.dp,
          ...(intent.route && { route: intent.route }),
          passOnAfter: Math.max(SHORTEST_PASS_ON, 2 * settings.pollInterval),
          kind: intent.kind,
          platform: platformOf(computer.inventory.os),
          release: intent.release,
          requestedBy: intent.by,
          note: intent.note,
          retryOf: intent.retryOf,
          ...(intent.rollout && { rollout: intent.rollout }),
          ...(intent.correlation && { correlation: intent.correlation }),
          ...(intent.trace && { trace: intent.trace }),
          notBefore: intent.notBefore,
          attemptsAllowed: settings.attempts,
          expiry: settings.orderExpiry,
          timeline: [askedEntry(computer, intent)],
          now,
        }),
      );
      this.feed.changed('computer', computer.id, computer.tenant);
    }
    return orders;
  }
}
