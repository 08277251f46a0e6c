import type { DpId } from '../base/ids.js';
import { countOf, isBad, isGood, type RolloutTally } from './rollout-tally.js';
import type { Rollout, RolloutPace } from './rollout.js';

/** No pace grows beyond this, starts a minute. */
const FASTEST = 100_000;

/** Members started in one go. */
export const MOST_STARTED_AT_ONCE = 500;

/** How many may be started now. */
export interface Allowance {
  total: number;
  /** DPs that may start fewer than that, with how many. */
  ofDp: ReadonlyMap<DpId, number>;
  /** What any other DP may start; null: as many as `total`. */
  ofAnyDp: number | null;
}

/**
 * What the pace leaves of a minute: starts of the last sixty seconds count, so that there are never more than the limit in
 * any minute.
 */
export function allowance(pace: RolloutPace, tally: RolloutTally): Allowance {
  const limit = limitOf(pace.perMinute, pace, tally);
  const perDp = limitOf(pace.perDpMinute, pace, tally);
  const started = [...tally.started.values()].reduce((sum, count) => sum + count, 0);
  const total = limit === null ? MOST_STARTED_AT_ONCE : Math.max(0, limit - started);
  const ofDp = new Map<DpId, number>();
  if (perDp !== null) for (const [dp, count] of tally.started) ofDp.set(dp, Math.max(0, perDp - count));
  return { total: Math.min(total, MOST_STARTED_AT_ONCE), ofDp, ofAnyDp: perDp };
}

function limitOf(base: number | null, { increase }: RolloutPace, { rows }: RolloutTally): number | null {
  if (base === null || increase === null) return base;
  const steps = Math.floor(countOf(rows, isGood) / increase.every);
  return Math.floor(Math.min(FASTEST, base * increase.factor ** steps));
}

/**
 * Picks whom to start, in their order, as far as the allowance goes.
 *
 * @param waiting those whose turn it is, by position
 */
export function pickStarts<Waiting extends { dp: DpId }>(
  waiting: readonly Waiting[],
  { total, ofDp, ofAnyDp }: Allowance,
): Waiting[] {
  const left = new Map(ofDp);
  const picked: Waiting[] = [];
  for (const one of waiting) {
    if (picked.length >= total) break;
    const mine = left.get(one.dp) ?? ofAnyDp;
    if (mine === 0) continue;
    if (mine !== null) left.set(one.dp, mine - 1);
    picked.push(one);
  }
  return picked;
}

/** Results from which a pace can be told. */
const ENOUGH = 5;

/**
 * When the last one will have ended: as quick as results have come so far, no quicker than the pace allows, and with the
 * time that each wave to come has to settle. Null: nothing goes on, or nobody can tell yet.
 */
export function etaOf(rollout: Rollout, tally: RolloutTally, now: Date): Date | null {
  const { state, begunAt, waves, wave, proof } = rollout;
  if (state !== 'running' || !begunAt) return null;
  const results = countOf(tally.rows, (row) => isGood(row) || isBad(row));
  const left = countOf(
    tally.rows,
    ({ state: of }) => of === 'waiting' || of === 'started' || of === 'installed',
  );
  if (left === 0 || results < ENOUGH) return null;
  const measured = (left * (now.getTime() - begunAt.getTime())) / results;
  const limit = limitOf(rollout.pace.perMinute, rollout.pace, tally);
  const waiting = countOf(tally.rows, ({ state: of }) => of === 'waiting');
  const paced = limit === null ? 0 : (waiting / limit) * 60_000;
  // settling is part of what was measured of the waves before
  const settling = wave === 0 ? (waves.length - 1) * proof.settle * 1000 : 0;
  return new Date(now.getTime() + Math.round(Math.max(measured, paced) + settling));
}
