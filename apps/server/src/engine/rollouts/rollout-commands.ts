import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type ComputerId,
  DomainError,
  type DpId,
  invalid,
  memberId,
  type Rollout,
  type RolloutEvent,
  type RolloutId,
  rolloutKind,
  rolloutTransition,
  takesChanges,
} from '#domain';
import { RolloutMemberRepository, RolloutRepository, updateWithRetry } from '#persistence';
import { currentTime } from '#runtime';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { HoldReevaluator } from '../holds/hold-reevaluator.js';
import { RolloutBell } from '../rollout-members/rollout-bell.js';
import { RolloutChanges } from './rollout-changes.js';
import { MOST_MEMBERS, newMember } from './rollout-growth.js';
import { newRollout, type RolloutInput } from './new-rollout.js';
import { RolloutPlans } from './rollout-plans.js';

const MISSING = 'notFound.rollout';

/**
 * What people and directories do with rollouts: {@link create} is the one way to make one, for whoever wants to release
 * many computers.
 */
@Injectable()
export class RolloutCommands {
  constructor(
    private readonly rollouts: RolloutRepository,
    private readonly members: RolloutMemberRepository,
    private readonly plans: RolloutPlans,
    private readonly changes: RolloutChanges,
    private readonly holds: HoldReevaluator,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
    private readonly bell: RolloutBell,
  ) {}

  /**
   * Makes a rollout. Its members are stored first and the rollout last, so that nothing is started of one whose members
   * are not all there.
   *
   * @param id the same one makes the same rollout, once
   * @throws DomainError VALIDATION_FAILED with every fault; when nobody is left who could be released
   */
  async create(caller: Caller, id: RolloutId, wish: RolloutInput): Promise<Rollout> {
    const now = currentTime();
    const made = await this.rollouts.findById(caller.tenants, id);
    if (made) return made;
    if (wish.deadline && wish.deadline <= (wish.startAt ?? now))
      throw invalid([{ path: 'deadline', code: 'order', key: 'fault.deadlineBeforeStart' }]);
    const plan = await this.plans.plan(caller, wish, now);
    if (plan.members.length === 0)
      throw invalid([
        { path: wish.computers ? 'computers' : 'filter', code: 'empty', key: 'fault.nobodyToRollOut' },
      ]);
    const rollout = newRollout(caller, id, wish, plan, now);
    const members = plan.members.map(({ candidate, wave, position }) =>
      newMember(rollout, candidate.of, wave, position),
    );
    await this.members.place(id, members);
    if (!(await this.rollouts.insert(rollout))) return this.get(caller, id);
    const { name, kind, release, size, waves, proof, pace, stops, startAt, deadline, retryOf } = rollout;
    const after = {
      name,
      kind,
      release,
      size,
      waves: waves.map((wave) => wave.size),
      proof,
      pace,
      stops,
      startAt,
      deadline,
      retryOf,
    };
    await this.audit.record(caller, 'rollout.created', `rollout:${id}`, { after }, rollout.tenant);
    this.feed.changed('rollout', id, rollout.tenant);
    this.bell.ring(new Set([id]));
    return rollout;
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: RolloutId): Promise<Rollout> {
    const rollout = await this.rollouts.findById(caller.tenants, id);
    if (!rollout) throw new DomainError('NOT_FOUND', MISSING);
    return rollout;
  }

  /** Nothing more is handed out when this resolves; what runs may end. */
  pause(caller: Caller, id: RolloutId, note: string | null): Promise<Rollout> {
    return this.happen(caller, id, { type: 'pause', kind: 'person', by: caller.name, note, evidence: null });
  }

  /** What waits is cancelled; what runs may end. */
  abort(caller: Caller, id: RolloutId, note: string | null): Promise<Rollout> {
    return this.happen(caller, id, { type: 'abort', kind: 'person', by: caller.name, note, evidence: null });
  }

  /** @param dps where its part was stopped, and goes on */
  async resume(caller: Caller, id: RolloutId, dps: 'all' | readonly DpId[]): Promise<Rollout> {
    const after = await this.happen(caller, id, { type: 'resume', dps });
    await this.holds.rolloutResumed(id);
    return after;
  }

  /**
   * The next wave begins, whether the present one has proved itself or not.
   *
   * @param from the wave that was seen as the present one; undefined: whichever it is
   */
  nextWave(caller: Caller, id: RolloutId, from: number | undefined): Promise<Rollout> {
    return this.happen(caller, id, {
      type: 'next-wave',
      by: caller.name,
      ...(from !== undefined && { from }),
    });
  }

  /** Another time to begin, as long as it has not begun. */
  shift(caller: Caller, id: RolloutId, startAt: Date | null): Promise<Rollout> {
    return this.happen(caller, id, { type: 'shift', startAt });
  }

  /**
   * Leaves out members whose turn has not come.
   *
   * @returns how many
   * @throws DomainError WRONG_STATE when it has ended, or is being aborted
   */
  async skip(
    caller: Caller,
    id: RolloutId,
    whom: { computers: readonly ComputerId[] } | { wave: number } | { dp: DpId },
  ): Promise<number> {
    const rollout = await this.changeable(caller, id);
    const now = currentTime();
    const skipped =
      'computers' in whom
        ? await this.members.skip(
            whom.computers.map((computer) => memberId(id, computer)),
            'BY_PERSON',
            now,
          )
        : await this.members.skipWaiting(id, whom, 'BY_PERSON', now);
    if (skipped > 0) {
      const data = { before: { state: 'waiting' }, after: { state: 'skipped', ...whom, skipped } };
      await this.audit.record(caller, 'rollout.skipped', `rollout:${id}`, data, rollout.tenant);
    }
    this.noteChange(rollout);
    return skipped;
  }

  /**
   * Moves members whose turn has not come into another wave.
   *
   * @returns how many
   * @throws DomainError WRONG_STATE when it has ended, or is being aborted
   */
  async move(caller: Caller, id: RolloutId, computers: readonly ComputerId[], wave: number): Promise<number> {
    const rollout = await this.changeable(caller, id);
    if (wave >= rollout.waves.length)
      throw invalid([
        { path: 'wave', code: 'unknown', key: 'fault.noSuchWave', params: { count: rollout.waves.length } },
      ]);
    const found = await this.members.ofComputers(id, computers);
    const elsewhere = found.filter((member) => member.state === 'waiting' && member.wave !== wave);
    const waves = [...new Set(elsewhere.map((member) => member.wave))].toSorted((a, b) => a - b);
    const ids = elsewhere.map((member) => member.id);
    const moved = await this.members.move(ids, wave);
    if (moved > 0) {
      const data = { before: { waves }, after: { waves: [wave], moved } };
      await this.audit.record(caller, 'rollout.moved', `rollout:${id}`, data, rollout.tenant);
    }
    this.noteChange(rollout);
    return moved;
  }

  /**
   * Those that failed, once more, as a rollout of its own that goes as this one does.
   *
   * @throws DomainError WRONG_STATE when nobody has failed
   */
  async retryFailed(caller: Caller, id: RolloutId, newId: RolloutId, name: string | null): Promise<Rollout> {
    const of = await this.get(caller, id);
    const computers = await this.members.failed(id, MOST_MEMBERS);
    if (computers.length === 0)
      throw new DomainError('WRONG_STATE', 'rollout.nobodyFailed', { name: of.name });
    const { proof, pace, stops, silentAfter, windows, priority, note, release, asked } = of;
    return this.create(caller, newId, {
      name: name ?? of.name,
      computers,
      filter: null,
      kind: rolloutKind(of),
      growing: false,
      release,
      waves: asked ?? null,
      proof,
      pace,
      stops,
      silentAfter,
      startAt: null,
      windows,
      deadline: null,
      priority,
      note,
      retryOf: id,
    });
  }

  private async changeable(caller: Caller, id: RolloutId): Promise<Rollout> {
    const rollout = await this.get(caller, id);
    if (takesChanges(rollout.state)) return rollout;
    throw notNow(rollout);
  }

  /** @throws DomainError WRONG_STATE when it is not possible now */
  private async happen(caller: Caller, id: RolloutId, event: RolloutEvent): Promise<Rollout> {
    const now = currentTime();
    const { before, after } = await updateWithRetry(
      () => this.rollouts.findById(caller.tenants, id),
      (rollout) => {
        const wanted = rolloutTransition(rollout, event, now);
        if (wanted) return wanted;
        if (isSoAlready(rollout, event)) return null;
        throw notNow(rollout);
      },
      (rollout) => this.rollouts.replace(rollout),
      MISSING,
    );
    if (after !== before) await this.changes.tell(caller, before, after, event);
    this.bell.ring(new Set([id]));
    return after;
  }

  private noteChange({ id, tenant }: Rollout): void {
    this.feed.changed('rollout', id, tenant);
    this.bell.ring(new Set([id]));
  }
}

function notNow({ name, state }: Rollout): DomainError {
  return new DomainError('WRONG_STATE', 'rollout.notNow', { name, state });
}

/** Asking twice for the same is no fault. */
function isSoAlready({ state, wave }: Rollout, event: RolloutEvent): boolean {
  const { type } = event;
  if (type === 'next-wave') return event.from !== undefined && event.from < wave;
  if (type === 'pause') return state === 'paused';
  if (type === 'resume') return state === 'running' || state === 'scheduled';
  return type === 'abort' && (state === 'aborting' || state === 'aborted');
}
