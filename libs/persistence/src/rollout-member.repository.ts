import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model, mongo } from 'mongoose';
import {
  memberId,
  STARTED_MEMBER_STATES,
  type ComputerId,
  type DpId,
  type FailureCode,
  type MemberStanding,
  type MemberState,
  type NativeSign,
  type OrderId,
  type Phase,
  type RolloutId,
  type RolloutMember,
  type RolloutTally,
  type SkipReason,
  type TallyRow,
} from '#domain';
import { containing, page, type PageRequest, type PageResult } from './pages.js';
import { PlainCollection } from './plain-collection.js';
import type { Stored } from './versioned-collection.js';

/** Which members; all criteria must hold. */
export interface MemberFilter {
  states?: readonly MemberState[];
  wave?: number;
  dp?: DpId;
  code?: FailureCode;
  /** Part of the name. */
  q?: string;
}

/** What members failed with, and what the computer said to one of them. */
export interface MemberCause {
  code: FailureCode;
  phase: Phase | null;
  count: number;
  native: NativeSign | null;
  example: ComputerId;
}

/** How a member stands, and by which revisions. */
export interface SeenStanding {
  id: string;
  standing: MemberStanding;
  seen: number;
}

/** States that a later word of order or computer may still change. */
const FOLLOWED: readonly MemberState[] = [...STARTED_MEMBER_STATES, 'registered', 'failed'];
const MOST_CAUSES = 10;
/** Members stored together. */
const BATCH = 1000;

/**
 * Members of rollouts. Nothing is decided by what was read of one: each write names the state that it leaves, so that it
 * happens once whoever does it twice.
 */
@Injectable()
export class RolloutMemberRepository {
  private readonly store: PlainCollection<RolloutMember>;

  constructor(@InjectModel('RolloutMember') model: Model<unknown>) {
    this.store = new PlainCollection(model);
  }

  /** @returns how many were not there yet */
  append(members: readonly RolloutMember[]): Promise<number> {
    return this.store.append(members);
  }

  /**
   * Stores the members of a rollout that is being made. What a creation that came to no end has left takes the places of
   * these, or is taken off; two that make the same one do no harm to each other.
   */
  async place(rollout: RolloutId, members: readonly RolloutMember[]): Promise<void> {
    for (let start = 0; start < members.length; start += BATCH)
      await this.store.append(members.slice(start, start + BATCH));
    const wanted = new Map(members.map((member) => [member.id, member]));
    const stored = await this.store.collection
      .find({ rollout, state: 'waiting' }, { projection: { wave: 1, position: 1 } })
      .toArray();
    const others = stored.flatMap(({ _id, wave, position }): mongo.AnyBulkWriteOperation<Stored>[] => {
      const member = wanted.get(_id);
      const filter = { _id, state: 'waiting' };
      if (!member) return [{ deleteOne: { filter } }];
      if (member.wave === wave && member.position === position) return [];
      return [{ updateOne: { filter, update: { $set: { wave: member.wave, position: member.position } } } }];
    });
    if (others.length > 0) await this.store.collection.bulkWrite(others, { ordered: false });
  }

  /** Members there are, whatever has become of them. */
  count(rollout: RolloutId): Promise<number> {
    return this.store.collection.countDocuments({ rollout });
  }

  /** Which of these computers have been a member of a rollout, and which not because it could not release them. */
  async ofAny(computers: readonly ComputerId[]): Promise<Pick<RolloutMember, 'computer' | 'rollout'>[]> {
    const found = await this.store.collection
      .find(
        { computer: { $in: [...computers] }, skipped: { $ne: 'REFUSED' } },
        { projection: { computer: 1, rollout: 1 } },
      )
      .toArray();
    return found.map((one) => ({
      computer: one['computer'] as ComputerId,
      rollout: one['rollout'] as RolloutId,
    }));
  }

  async ofComputers(rollout: RolloutId, computers: readonly ComputerId[]): Promise<RolloutMember[]> {
    const ids = computers.map((computer) => memberId(rollout, computer));
    const found = await this.store.collection.find({ _id: { $in: ids } }).toArray();
    return found.map((one) => this.store.fromStored(one));
  }

  /** Members that these computers are in any rollout, as long as that may still do something with them. */
  async underWay(computers: readonly ComputerId[]): Promise<RolloutMember[]> {
    const states: MemberState[] = ['waiting', ...STARTED_MEMBER_STATES];
    const found = await this.store.collection
      .find({ computer: { $in: [...computers] }, state: { $in: states } })
      .toArray();
    return found.map((one) => this.store.fromStored(one));
  }

  async list(
    rollout: RolloutId,
    filter: MemberFilter,
    request: PageRequest,
  ): Promise<PageResult<RolloutMember>> {
    const wanted = {
      rollout,
      ...(filter.states && { state: { $in: [...filter.states] } }),
      ...(filter.wave !== undefined && { wave: filter.wave }),
      ...(filter.dp && { dp: filter.dp }),
      ...(filter.code && { code: filter.code }),
      ...(filter.q && { name: containing(filter.q.toUpperCase()) }),
    };
    return page(this.store.collection, wanted, request, {}, [{ path: 'position', direction: 1 }], (stored) =>
      this.store.fromStored(stored),
    );
  }

  /** All of a rollout, by position. */
  async *stream(rollout: RolloutId): AsyncIterable<RolloutMember> {
    for await (const one of this.store.collection.find({ rollout }).sort({ position: 1, _id: 1 }))
      yield this.store.fromStored(one);
  }

  /** @param countedFrom results before it are not fresh */
  async tally(rollout: RolloutId, countedFrom: Date | null, now: Date): Promise<RolloutTally> {
    const fresh = countedFrom
      ? { $cond: [{ $gte: ['$resultAt', countedFrom] }, true, false] }
      : { $literal: true };
    const minuteAgo = new Date(now.getTime() - 60_000);
    const [rows, started] = await Promise.all([
      this.store.collection
        .aggregate<{ _id: Omit<TallyRow, 'count'>; count: number }>([
          { $match: { rollout } },
          {
            $group: {
              _id: { wave: '$wave', dp: '$dp', state: '$state', code: '$code', phase: '$phase', fresh },
              count: { $sum: 1 },
            },
          },
        ])
        .toArray(),
      this.store.collection
        .aggregate<{ _id: DpId; count: number }>([
          { $match: { rollout, startedAt: { $gt: minuteAgo } } },
          { $group: { _id: '$dp', count: { $sum: 1 } } },
        ])
        .toArray(),
    ]);
    return {
      rows: rows.map(({ _id, count }) => ({
        ..._id,
        code: _id.code ?? null,
        phase: _id.phase ?? null,
        count,
      })),
      started: new Map(started.map((one) => [one._id, one.count])),
    };
  }

  /** Those whose turn it is, by position. */
  async waiting(
    rollout: RolloutId,
    lastWave: number,
    notAt: readonly DpId[],
    limit: number,
  ): Promise<RolloutMember[]> {
    const found = await this.store.collection
      .find({
        rollout,
        state: 'waiting',
        wave: { $lte: lastWave },
        ...(notAt.length > 0 && { dp: { $nin: [...notAt] } }),
      })
      .sort({ position: 1 })
      .limit(limit)
      .toArray();
    return found.map((one) => this.store.fromStored(one));
  }

  /** Those of whom something may still be heard, by id. */
  async followed(rollout: RolloutId, after: string | null, limit: number): Promise<RolloutMember[]> {
    const behind = after === null ? {} : { _id: { $gt: after } };
    const found = await this.store.collection
      .find({ rollout, ...behind, state: { $in: [...FOLLOWED] } } as object)
      .sort({ _id: 1 })
      .limit(limit)
      .toArray();
    return found.map((one) => this.store.fromStored(one));
  }

  /** Waiting members whose orders exist by now. @returns how many were waiting still */
  async noteStarted(started: readonly { id: string; order: OrderId }[], startedAt: Date): Promise<number> {
    if (started.length === 0) return 0;
    const { modifiedCount } = await this.store.collection.bulkWrite(
      started.map(({ id, order }) => ({
        updateOne: {
          filter: { _id: id, state: 'waiting' },
          update: { $set: { state: 'started', order, startedAt } },
        },
      })),
      { ordered: false },
    );
    return modifiedCount;
  }

  /** Waiting members that are left out. @returns how many */
  async skip(ids: readonly string[], skipped: SkipReason, resultAt: Date): Promise<number> {
    if (ids.length === 0) return 0;
    const { modifiedCount } = await this.store.collection.updateMany(
      { _id: { $in: [...ids] }, state: 'waiting' },
      { $set: { state: 'skipped', skipped, resultAt } },
    );
    return modifiedCount;
  }

  /** All waiting members, or those of a wave or DP, are left out. @returns how many */
  async skipWaiting(
    rollout: RolloutId,
    { wave, dp }: { wave?: number; dp?: DpId },
    skipped: SkipReason,
    resultAt: Date,
  ): Promise<number> {
    const { modifiedCount } = await this.store.collection.updateMany(
      { rollout, state: 'waiting', ...(wave !== undefined && { wave }), ...(dp && { dp }) },
      { $set: { state: 'skipped', skipped, resultAt } },
    );
    return modifiedCount;
  }

  /** Waiting members come into another wave. @returns how many */
  async move(ids: readonly string[], wave: number): Promise<number> {
    const { modifiedCount } = await this.store.collection.updateMany(
      { _id: { $in: [...ids] }, state: 'waiting' },
      { $set: { wave } },
    );
    return modifiedCount;
  }

  /** What was seen earlier than what stands there changes nothing. @returns how many were changed */
  async noteStandings(standings: readonly SeenStanding[]): Promise<number> {
    if (standings.length === 0) return 0;
    const { modifiedCount } = await this.store.collection.bulkWrite(
      standings.map(({ id, standing, seen }) => ({
        updateOne: {
          filter: { _id: id, state: { $nin: ['waiting', 'skipped'] }, seen: { $lte: seen } },
          update: { $set: { ...standing, seen } },
        },
      })),
      { ordered: false },
    );
    return modifiedCount;
  }

  /** The commonest causes of failures, the commonest first. */
  async causes(rollout: RolloutId): Promise<MemberCause[]> {
    const rows = await this.store.collection
      .aggregate<{
        _id: { code: FailureCode; phase: Phase | null };
        count: number;
        native: NativeSign | null;
        example: ComputerId;
      }>([
        { $match: { rollout, state: { $in: ['failed', 'failing'] }, code: { $type: 'string' } } },
        {
          $group: {
            _id: { code: '$code', phase: '$phase' },
            count: { $sum: 1 },
            native: { $max: '$native' },
            example: { $max: '$computer' },
          },
        },
        { $sort: { count: -1 } },
        { $limit: MOST_CAUSES },
      ])
      .toArray();
    return rows.map(({ _id, count, native, example }) => ({
      code: _id.code,
      phase: _id.phase ?? null,
      count,
      native: native ?? null,
      example,
    }));
  }

  /** Computers that failed, by position. */
  async failed(rollout: RolloutId, limit: number): Promise<ComputerId[]> {
    const found = await this.store.collection
      .find({ rollout, state: 'failed' }, { projection: { computer: 1 }, limit })
      .sort({ position: 1 })
      .toArray();
    return found.map((one) => one['computer'] as ComputerId);
  }
}
