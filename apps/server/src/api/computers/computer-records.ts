import { Injectable } from '@nestjs/common';
import type { Caller, Computer, EventKind, TimelineEvent } from '#domain';
import { TimelineRepository, type Updated } from '#persistence';
import { currentTime } from '#runtime';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { computerEvent } from '../../engine/orders/order-events.js';

/** What follows a person's change of a computer: its timeline, the audit, and everybody who looks at it. */
@Injectable()
export class ComputerRecords {
  constructor(
    private readonly timeline: TimelineRepository,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** What the timeline gets of a change, to be written with it; the one before as it was read. */
  event(caller: Caller, kind: EventKind, before: Computer, after: Computer): TimelineEvent {
    return computerEvent(after, {
      id: `${kind}:${after.id}:${before.revision + 1}`,
      at: currentTime(),
      source: 'admin',
      kind,
      dp: after.dp.fixed,
      from: before.state,
      to: after.state,
      data: { by: caller.name, before: editable(before), after: editable(after) },
    });
  }

  async changed(caller: Caller, kind: EventKind, { before, after }: Updated<Computer>): Promise<void> {
    await this.timeline.append(after.untold ?? []);
    const data = { by: caller.name, before: editable(before), after: editable(after) };
    await this.audit.record(caller, `computer.${kind}`, `computer:${after.id}`, data, after.tenant);
    this.feed.changed('computer', after.id, after.tenant);
  }

  async removed(caller: Caller, computer: Computer): Promise<void> {
    const { name, hostName, fqdn } = computer;
    const data = { by: caller.name, name, hostName, fqdn, dp: computer.dp.fixed };
    await this.timeline.append([
      ...(computer.untold ?? []),
      computerEvent(computer, {
        id: `deleted:${computer.id}`,
        at: currentTime(),
        source: 'admin',
        kind: 'deleted',
        from: computer.state,
        data,
      }),
    ]);
    const before = { name, hostName, fqdn, ...editable(computer) };
    await this.audit.record(
      caller,
      'computer.deleted',
      `computer:${computer.id}`,
      { before },
      computer.tenant,
    );
    this.feed.changed('computer', computer.id, computer.tenant);
  }
}

function editable(computer: Computer): Record<string, unknown> {
  const { address, inventory, dp, state } = computer;
  return { address, description: inventory.description, dp: dp.fixed, state };
}
