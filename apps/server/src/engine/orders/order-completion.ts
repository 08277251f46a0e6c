import { Injectable } from '@nestjs/common';
import { orderEnded, type Computer, type ComputerId, type InstallOrder } from '#domain';
import { ComputerRepository, retryLost } from '#persistence';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { SettingsService } from '../../platform/settings/settings.service.js';

/** Carries the end of orders over to their computers. Done again by the repeat of a message and by the repair. */
@Injectable()
export class OrderCompletion {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly settings: SettingsService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @returns the computers that were changed */
  async applyToComputers(ended: readonly InstallOrder[], now: Date): Promise<Computer[]> {
    const orders = new Map<ComputerId, InstallOrder>(ended.map((order) => [order.computer, order]));
    const changed: Computer[] = [];
    await retryLost('computers', [...orders.keys()], async (open) => {
      const decided: Computer[] = [];
      for (const computer of await this.computers.findByIds('all', open)) {
        const order = orders.get(computer.id);
        if (!order) continue;
        const { registrationTimeout } = await this.settings.forDp(order.tenant, order.dp);
        const outcome = orderEnded(computer, order, registrationTimeout, now);
        if (outcome.changed) decided.push(outcome.computer);
      }
      const { written, lost } = await this.computers.replaceMany(decided);
      changed.push(...written);
      return lost;
    });
    for (const computer of changed) this.feed.changed('computer', computer.id, computer.tenant);
    return changed;
  }
}
