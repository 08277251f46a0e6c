import { Injectable } from '@nestjs/common';
import { registrationOverdue, restartOverdue, type Computer } from '#domain';
import { ComputerRepository, TimelineRepository } from '#persistence';
import { ChangeFeed } from '../events/change-feed.js';
import { SettingsService } from '../settings/settings.service.js';
import { computerEvent } from './order-events.js';

/** Computers looked at in one run. */
const BATCH = 1000;

/** Deadlines of computers: registration and restart. Never installs again by itself. */
@Injectable()
export class ComputerWatch {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly timeline: TimelineRepository,
    private readonly settings: SettingsService,
    private readonly feed: ChangeFeed,
  ) {}

  async run(now: Date): Promise<void> {
    const waiting = await this.computers.registrationOverdue(now, BATCH);
    const restarting = await this.computers.restartPending(BATCH);
    const changed: Computer[] = [];
    for (const computer of waiting) {
      const outcome = registrationOverdue(computer, now);
      if (outcome.changed) changed.push(outcome.computer);
    }
    for (const computer of restarting) {
      const { restartAlert } = await this.settings.forDp(computer.tenant, null);
      const outcome = restartOverdue(computer, restartAlert, now);
      if (outcome.changed) changed.push(outcome.computer);
    }
    if (changed.length === 0) return;
    const { written } = await this.computers.replaceMany(changed);
    await this.timeline.append(
      written.map((computer) =>
        computerEvent(computer, {
          id: `alert:${computer.id}:${computer.revision}`,
          at: now,
          source: 'server',
          kind: 'alert-raised',
          to: computer.state,
          order: computer.lastOrder,
          data: { alert: computer.alerts.at(-1) },
        }),
      ),
    );
    for (const computer of written) this.feed.changed('computer', computer.id, computer.tenant);
  }
}
