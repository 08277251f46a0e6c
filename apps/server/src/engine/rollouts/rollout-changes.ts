import { Injectable, Logger } from '@nestjs/common';
import { rolloutTransition, type Caller, type Rollout, type RolloutEvent } from '#domain';
import { RolloutRepository } from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';

/** What the audit calls an event; what is not here is told by its results. */
const ACTIONS: Partial<Record<RolloutEvent['type'], string>> = {
  begin: 'rollout.begun',
  pause: 'rollout.paused',
  abort: 'rollout.aborted',
  resume: 'rollout.resumed',
  'stop-dp': 'rollout.dp-stopped',
  'next-wave': 'rollout.wave-begun',
  shift: 'rollout.shifted',
  finish: 'rollout.finished',
};

/** The one way rollouts change: decided by the machine, written where nobody was faster, told. */
@Injectable()
export class RolloutChanges {
  private readonly log = new Logger(RolloutChanges.name);

  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** Null: the event changes nothing, or somebody else was faster. */
  async apply(rollout: Rollout, event: RolloutEvent, now: Date): Promise<Rollout | null> {
    const wanted = rolloutTransition(rollout, event, now);
    const written = wanted && (await this.rollouts.replace(wanted));
    if (written && written.state !== rollout.state) this.feed.changed('rollout', written.id, written.tenant);
    return written;
  }

  /** @param by null: the rollout did it itself */
  async tell(by: Caller | null, before: Rollout, after: Rollout, event: RolloutEvent): Promise<void> {
    const { id, tenant, state, wave } = after;
    this.feed.changed('rollout', id, tenant);
    const action = ACTIONS[event.type];
    if (!action) return;
    this.log.log({ rollout: id, state, wave, event: event.type }, action);
    const data = { before: standing(before), after: standing(after) };
    await this.audit.record(by, action, `rollout:${id}`, data, tenant);
  }
}

/** What people and the rollout itself change of it. */
function standing({ state, wave, cause, stoppedDps, startAt }: Rollout): Record<string, unknown> {
  return { state, wave, cause, stoppedDps, startAt };
}
