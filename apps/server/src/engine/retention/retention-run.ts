import { setTimeout as sleep } from 'node:timers/promises';
import type { RetentionPlan, RetentionState } from '#domain';
import type { RetentionRepository } from '#persistence';
import { currentTime, TransientError } from '#runtime';
import type { ArchiveFolder } from './archive-folder.js';
import type { RetentionKeeper } from './retention-keeper.js';

/** For how long it is a server's turn after each of its steps; a part must be written to the archive in it. */
const TURN_MS = 5 * 60_000;
/** Turns that end later than they can have been written for are of a clock that was ahead; clocks may differ by less than this. */
const AHEAD_MS = 60_000;
/** Between two parts, so that the database serves others meanwhile. */
const PAUSE_MS = 100;
/** Documents that wait for an archive are counted up to here. */
const COUNTED_UP_TO = 10_000;

/** Another server has gone on with it. */
export class TurnLost extends TransientError {
  override readonly name = 'TurnLost';
}

export interface RetentionMeans {
  states: RetentionRepository;
  /** Null: there is none. */
  archive: ArchiveFolder | null;
  /** Up to which time what has ended may be removed, as settings say at this moment; null: nothing, or nothing any more. */
  allowed: () => Promise<Date | null>;
  /** Whether what no archive takes may be removed. */
  unarchived: boolean;
  /** Told of each collection of which something is gone. */
  removed: (collection: string, count: number) => void;
  isStopped: () => boolean;
}

/**
 * One server's turn at one kind. Each part goes plan, archive, removal, and stands in the state's document before the next
 * step of it: whoever goes on after a crash does the same part, into a file of the same name.
 */
export class RetentionRun {
  constructor(
    private readonly keeper: RetentionKeeper,
    private state: RetentionState,
    private readonly means: RetentionMeans,
  ) {}

  /**
   * The turn at a kind.
   *
   * @returns null when it is another server's
   */
  static async begin(
    keeper: RetentionKeeper,
    server: string,
    means: RetentionMeans,
  ): Promise<RetentionRun | null> {
    const now = currentTime();
    const found = await means.states.state(keeper.kind);
    const isOthers = found.holder !== null && found.holder !== server && lasts(found.until, now);
    if (isOthers) return null;
    const taken = await means.states.replace({ ...found, holder: server, until: turnUntil(now) });
    return taken && new RetentionRun(keeper, taken, means);
  }

  /**
   * Goes on where somebody has left off, then through all that ended before a time.
   *
   * @param before null: nothing is to go, also not what is only planned
   * @throws TurnLost
   */
  async run(before: Date | null): Promise<void> {
    const mayRemove = before !== null && (this.means.archive !== null || this.means.unarchived);
    const { plan } = this.state;
    // what is archived already goes: it may be gone in part
    const isWanted = plan?.before !== undefined && before !== null && plan.before <= before;
    if (plan && (plan.archived || (mayRemove && isWanted))) await this.carryOut(plan);
    else if (plan) await this.save({ plan: null });
    if (before === null) return this.save({ waiting: 0, done: null });
    if (!mayRemove)
      return this.save({ waiting: await this.count(before), done: { at: currentTime(), before } });
    for await (const next of this.keeper.plans(before)) {
      if (this.means.isStopped()) return;
      // somebody may have taken it back since the first part
      const allowed = await this.means.allowed();
      if (allowed === null || allowed < before) return;
      await this.save({ plan: { ...next, before } });
      await this.carryOut(next);
      await sleep(PAUSE_MS);
    }
    await this.save({ waiting: 0, done: { at: currentTime(), before } });
  }

  /** Gives the turn back. */
  async end(): Promise<void> {
    await this.means.states.replace({ ...this.state, holder: null, until: null });
  }

  private async carryOut(plan: RetentionPlan): Promise<void> {
    let current = plan;
    if (!current.archived) {
      // whoever has lost the turn meanwhile may have read what was removed in part, and publishes nothing
      const archive =
        (await this.means.archive?.write(
          plan.file,
          () => this.keeper.documents(plan),
          () => this.save({}),
        )) ?? null;
      current = { ...plan, archived: true, archive };
      await this.save({ plan: current });
    }
    const removed = await this.keeper.remove(current, currentTime());
    for (const [collection, count] of Object.entries(removed)) this.means.removed(collection, count);
    await this.save({ plan: null });
  }

  private async save(change: Partial<RetentionState>): Promise<void> {
    const saved = await this.means.states.replace({
      ...this.state,
      ...change,
      until: turnUntil(currentTime()),
    });
    if (!saved) throw new TurnLost(`another server goes on with the retention of ${this.keeper.kind}`);
    this.state = saved;
  }

  private async count(before: Date): Promise<number> {
    let count = 0;
    for await (const { keys, range } of this.keeper.plans(before)) {
      count += range ? range.to - range.from + 1 : keys.length;
      if (count >= COUNTED_UP_TO) break;
    }
    return count;
  }
}

function lasts(until: Date | null, now: Date): boolean {
  return until !== null && until > now && until.getTime() <= turnUntil(now).getTime() + AHEAD_MS;
}

function turnUntil(now: Date): Date {
  return new Date(now.getTime() + TURN_MS);
}
