import { windowState } from '../settings/maintenance-window.js';
import type { DpId } from '../base/ids.js';
import type { Hold } from '../orders/install-order.js';
import { allowance, type Allowance } from './rollout-pace.js';
import { STARTED_MEMBER_STATES } from './rollout-member.js';
import { stopOf } from './rollout-stop.js';
import { countOf, isAbsent, isBad, isGood, type RolloutTally, type TallyRow } from './rollout-tally.js';
import { hasRolloutEnded, type Rollout } from './rollout.js';
import type { RolloutEvent } from './rollout-transition.js';

/** What a rollout does next: something happens to it, or members of its wave are started; null: it waits. */
export type RolloutStep =
  { event: RolloutEvent } | { start: Allowance; wave: number; notAt: readonly DpId[] } | null;

const isUnderWay = ({ state }: TallyRow): boolean =>
  (STARTED_MEMBER_STATES as readonly string[]).includes(state);

/**
 * What comes next, by how its members stand. The gravest first: what stops it goes before whatever would start more.
 * What was granted before is to be done by then.
 */
export function nextStep(rollout: Rollout, tally: RolloutTally, now: Date): RolloutStep {
  const { state, deadline, startAt } = rollout;
  if (hasRolloutEnded(state)) return null;
  if (state === 'aborting') {
    return countOf(tally.rows, (row) => isUnderWay(row) || row.state === 'waiting') === 0
      ? { event: { type: 'ended' } }
      : null;
  }
  if (deadline && deadline <= now)
    return { event: { type: 'abort', kind: 'deadline', by: null, note: null, evidence: null } };
  if (state === 'scheduled') {
    const isDue = (startAt ?? now) <= now && windowState(rollout.windows, now).open;
    return isDue ? { event: { type: 'begin' } } : null;
  }
  if (state === 'paused') return null;
  return stopStep(rollout, tally) ?? waveStep(rollout, tally, now) ?? startStep(rollout, tally, now);
}

function stopStep(rollout: Rollout, tally: RolloutTally): RolloutStep {
  const stop = stopOf(rollout, tally);
  if (!stop) return null;
  const { dp, evidence, action } = stop;
  if (dp !== null) return { event: { type: 'stop-dp', dp, evidence } };
  const type = action === 'abort' ? 'abort' : 'pause';
  return { event: { type, kind: 'stop', by: null, note: null, evidence } };
}

/** How a wave stands, without those who say nothing: computers that are off, left out, or at a DP that is stopped. */
export function waveProgress(
  rollout: Pick<Rollout, 'stoppedDps' | 'proof'>,
  rows: readonly TallyRow[],
  wave: number,
): { base: number; good: number; waiting: number; underWay: number; away: number; isProven: boolean } {
  const stopped = new Set(rollout.stoppedDps.map(({ dp }) => dp));
  const own = rows.filter((row) => row.wave === wave);
  const isCounted = (row: TallyRow): boolean =>
    row.state !== 'skipped' && !isAbsent(row) && (isThere(row, rollout.proof.state) || !stopped.has(row.dp));
  const base = countOf(own, isCounted);
  const good = countOf(own, (row) => isThere(row, rollout.proof.state));
  const absent = countOf(own, isAbsent);
  const isEmpty = base === 0 && absent === 0;
  return {
    base,
    good,
    waiting: countOf(own, (row) => row.state === 'waiting' && !stopped.has(row.dp)),
    underWay: countOf(own, (row) => isUnderWay(row) && row.state !== 'away'),
    away: countOf(own, ({ state }) => state === 'away'),
    isProven: isEmpty || (good > 0 && good * 100 >= rollout.proof.share * base),
  };
}

function isThere({ state }: TallyRow, wanted: 'registered' | 'ready'): boolean {
  return state === 'ready' || (wanted === 'registered' && state === 'registered');
}

function waveStep(rollout: Rollout, tally: RolloutTally, now: Date): RolloutStep {
  const wave = rollout.waves[rollout.wave];
  if (!wave) return null;
  const { waiting, underWay, away, base, good, isProven } = waveProgress(rollout, tally.rows, rollout.wave);
  const isLast = rollout.wave === rollout.waves.length - 1;
  if (isLast) return lastWaveStep(tally, waiting, rollout, now);
  if (isProven !== (wave.provenAt !== null)) return { event: { type: isProven ? 'proven' : 'unproven' } };
  if (wave.provenAt && wave.gate === 'auto') {
    const isSettled = wave.provenAt.getTime() + rollout.proof.settle * 1000 <= now.getTime();
    return isSettled ? { event: { type: 'next-wave', by: null } } : null;
  }
  // nothing more is to come of it: not even if all came back who are off and still have their order
  const stillComing = waiting + underWay + registeredOnly(rollout, tally);
  const couldBeProven = away > 0 && (good + away) * 100 >= rollout.proof.share * (base + away);
  if (!isProven && stillComing === 0 && !couldBeProven) {
    const evidence = { rule: -1, failures: base - good, results: base, code: null };
    return { event: { type: 'pause', kind: 'not-proven', by: null, note: null, evidence } };
  }
  return null;
}

function registeredOnly({ proof, wave }: Rollout, { rows }: RolloutTally): number {
  return proof.state === 'ready'
    ? countOf(rows, (row) => row.wave === wave && row.state === 'registered')
    : 0;
}

/** All that are started have ended: it is finished, unless somebody of a stopped DP is left. */
function lastWaveStep({ rows }: RolloutTally, waiting: number, rollout: Rollout, now: Date): RolloutStep {
  if (waiting > 0 || countOf(rows, isUnderWay) > 0 || rollout.grant) return null;
  const left = countOf(rows, (row) => row.state === 'waiting');
  if (left > 0)
    return { event: { type: 'pause', kind: 'dps-stopped', by: null, note: null, evidence: null } };
  // one that grows goes on until its deadline
  if (rollout.growing && (rollout.deadline === null || rollout.deadline > now)) return null;
  return { event: { type: 'finish' } };
}

/** Waves that have begun are started from: those that were passed may have members left. */
function startStep(rollout: Rollout, tally: RolloutTally, now: Date): RolloutStep {
  if (rollout.grant || !windowState(rollout.windows, now).open) return null;
  const notAt = rollout.stoppedDps.map(({ dp }) => dp);
  const start = allowance(rollout.pace, tally);
  if (start.total === 0) return null;
  const spent = new Set<DpId>([
    ...notAt,
    ...[...start.ofDp].flatMap(([dp, left]) => (left === 0 ? [dp] : [])),
  ]);
  const waiting = countOf(
    tally.rows,
    (row) => row.state === 'waiting' && row.wave <= rollout.wave && !spent.has(row.dp),
  );
  return waiting === 0 ? null : { start, wave: rollout.wave, notAt: [...spent] };
}

/** Why an order of a rollout may not be handed out; null: the rollout has nothing against it. */
export function holdOfRollout(
  { state, stoppedDps, windows }: Pick<Rollout, 'state' | 'stoppedDps' | 'windows'>,
  dp: DpId,
  now: Date,
): Hold | null {
  const isStopped = state !== 'running' && state !== 'finished';
  if (isStopped || stoppedDps.some((one) => one.dp === dp)) return { code: 'ROLLOUT_PAUSED', until: null };
  const window = windowState(windows, now);
  return window.open ? null : { code: 'WINDOW_CLOSED', until: window.opensAt };
}

/** Members as a page shows them; each is counted once. */
export interface RolloutCounts {
  waiting: number;
  underWay: number;
  good: number;
  bad: number;
  absent: number;
  skipped: number;
}

export function rolloutCounts(rows: readonly TallyRow[]): RolloutCounts {
  return {
    waiting: countOf(rows, (row) => row.state === 'waiting'),
    underWay: countOf(rows, (row) => isUnderWay(row) && !isBad(row) && !isAbsent(row)),
    good: countOf(rows, isGood),
    bad: countOf(rows, isBad),
    absent: countOf(rows, isAbsent),
    skipped: countOf(rows, (row) => row.state === 'skipped'),
  };
}
