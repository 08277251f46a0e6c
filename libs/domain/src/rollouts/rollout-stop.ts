import type { FailureCode } from '../failures/failure.js';
import type { DpId } from '../base/ids.js';
import { countOf, isBad, isGood, matchesScope, type RolloutTally, type TallyRow } from './rollout-tally.js';
import type { Rollout, StopEvidence, StopRule } from './rollout.js';

/** What stops: the whole rollout, or its part at one DP. */
export interface Stop {
  /** Null: all of it. */
  dp: DpId | null;
  action: StopRule['action'];
  evidence: StopEvidence;
}

/**
 * Whether results stop a rollout. Each rule is asked of all results and of those of the present wave alone: what went
 * well before does not hide a wave that goes badly. Where the failures are those of one DP, and the others have enough
 * results to show that they do well, that DP's part stops only.
 */
export function stopOf(
  rollout: Pick<Rollout, 'stops' | 'stoppedDps' | 'wave' | 'waves'>,
  tally: RolloutTally,
): Stop | null {
  const stopped = new Set(rollout.stoppedDps.map(({ dp }) => dp));
  const fresh = tally.rows.filter((row) => row.fresh && !stopped.has(row.dp));
  const present = fresh.filter(({ wave }) => wave === rollout.wave);
  // a wave that is smaller than the least number of results says what it has to say with all of its own
  const most = rollout.waves[rollout.wave]?.size ?? Infinity;
  for (const [index, rule] of rollout.stops.entries()) {
    const small = { ...rule, minimum: Math.min(rule.minimum, most) };
    const stop = stopByRule(rule, index, fresh) ?? stopByRule(small, index, present);
    if (stop) return stop;
  }
  return null;
}

function stopByRule(rule: StopRule, index: number, rows: readonly TallyRow[]): Stop | null {
  const failures = rows.filter((row) => matchesScope(row, rule.of));
  if (failures.length === 0) return null;
  const worst = worstDp(failures);
  const own = rows.filter(({ dp }) => dp === worst);
  const others = rows.filter(({ dp }) => dp !== worst);
  const tripped = trips(rule, index, rows) ?? trips(rule, index, own);
  if (!tripped) return null;
  const isOfOneDp = resultsOf(rule, others) >= rule.minimum && !trips(rule, index, others);
  if (!isOfOneDp) return { dp: null, action: rule.action, evidence: tripped };
  const evidence = evidenceOf(rule, index, own);
  return { dp: worst, action: rule.action, evidence };
}

function trips(rule: StopRule, index: number, rows: readonly TallyRow[]): StopEvidence | null {
  const evidence = evidenceOf(rule, index, rows);
  const { failures, results } = evidence;
  if (failures === 0 || results < rule.minimum) return null;
  const byShare = rule.share !== null && failures * 100 >= rule.share * results;
  const byCount = rule.count !== null && failures >= rule.count;
  return byShare || byCount ? evidence : null;
}

function evidenceOf(rule: StopRule, index: number, rows: readonly TallyRow[]): StopEvidence {
  const matching = rows.filter((row) => matchesScope(row, rule.of));
  return {
    rule: index,
    failures: countOf(matching, () => true),
    results: resultsOf(rule, rows),
    code: commonestCode(matching),
  };
}

/** Results there are: what is good or bad, and what the rule itself counts. */
function resultsOf(rule: StopRule, rows: readonly TallyRow[]): number {
  return countOf(rows, (row) => isGood(row) || isBad(row) || matchesScope(row, rule.of));
}

function commonestCode(rows: readonly TallyRow[]): FailureCode | null {
  const counts = new Map<FailureCode | null, number>();
  for (const { code, count } of rows) counts.set(code, (counts.get(code) ?? 0) + count);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? null;
}

function worstDp(failures: readonly TallyRow[]): DpId | null {
  const counts = new Map<DpId, number>();
  for (const { dp, count } of failures) counts.set(dp, (counts.get(dp) ?? 0) + count);
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return sorted[0]?.[0] ?? null;
}
