import { Injectable } from '@nestjs/common';
import type { Computer, EventKind } from '#domain';
import { TimelineRepository } from '#persistence';
import type { Caller } from '../access/caller.js';
import { AuditService } from '../audit/audit.service.js';
import { ChangeFeed } from '../events/change-feed.js';
import type { Changed } from '../guarded-change.js';
import { computerEvent } from '../orders/order-events.js';

/** What follows a person's change of a computer: its timeline, the audit, and everybody who looks at it. */
@Injectable()
export class ComputerRecords {
  constructor(
    private readonly timeline: TimelineRepository,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  async changed(caller: Caller, kind: EventKind, { before, after }: Changed<Computer>): Promise<void> {
    const data = { by: caller.name, before: editable(before), after: editable(after) };
    await this.timeline.append([
      computerEvent(after, {
        id: `${kind}:${after.id}:${after.revision}`,
        at: new Date(),
        source: 'admin',
        kind,
        dp: after.dp.fixed,
        from: before.state,
        to: after.state,
        data,
      }),
    ]);
    await this.audit.record(caller, `computer.${kind}`, `computer:${after.id}`, data, after.tenant);
    this.feed.changed('computer', after.id, after.tenant);
  }

  async removed(caller: Caller, computer: Computer): Promise<void> {
    const data = { by: caller.name, name: computer.name, fqdn: computer.fqdn, dp: computer.dp.fixed };
    await this.timeline.append([
      computerEvent(computer, {
        id: `deleted:${computer.id}`,
        at: new Date(),
        source: 'admin',
        kind: 'deleted',
        from: computer.state,
        data,
      }),
    ]);
    await this.audit.record(caller, 'computer.deleted', `computer:${computer.id}`, data, computer.tenant);
    this.feed.changed('computer', computer.id, computer.tenant);
  }
}

function editable(computer: Computer): Record<string, unknown> {
  const { address, inventory, dp, state } = computer;
  return { address, description: inventory.description, dp: dp.fixed, state };
}
