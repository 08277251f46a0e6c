import { Injectable } from '@nestjs/common';
import { orderEnded, type Computer, type ComputerId, type InstallOrder } from '#domain';
import { ComputerRepository } from '#persistence';
import { ChangeFeed } from '../events/change-feed.js';
import { SettingsService } from '../settings/settings.service.js';
import { LostRace } from './lost-race.js';

const TRIES = 5;

/** Carries the end of orders over to their computers. Done again by the repeat of a message and by the repair. */
@Injectable()
export class OrderEndings {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly settings: SettingsService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @returns the computers that were changed */
  async carryOver(ended: readonly InstallOrder[], now: Date): Promise<Computer[]> {
    const orders = new Map<ComputerId, InstallOrder>(ended.map((order) => [order.computer, order]));
    const changed: Computer[] = [];
    let open = [...orders.keys()];
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt === TRIES) throw new LostRace(`computers ${open.slice(0, 3).join(', ')}`);
      const decided: Computer[] = [];
      for (const computer of await this.computers.findByIds('all', open)) {
        const order = orders.get(computer.id);
        if (!order) continue;
        const { registrationTimeout } = await this.settings.forDp(order.tenant, order.dp);
        const outcome = orderEnded(computer, order, registrationTimeout, now);
        if (outcome.changed) decided.push(outcome.computer);
      }
      if (decided.length === 0) break;
      const { written, lost } = await this.computers.replaceMany(decided);
      changed.push(...written);
      open = [...lost];
    }
    for (const computer of changed) this.feed.changed('computer', computer.id, computer.tenant);
    return changed;
  }
}
