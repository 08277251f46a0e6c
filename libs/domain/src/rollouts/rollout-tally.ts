import { failureRule, type FailureCode, type Phase } from '../failures/failure.js';
import type { DpId } from '../base/ids.js';
import { isAbsence, type MemberState } from './rollout-member.js';
import type { StopScope } from './rollout.js';

/** Members that are alike. */
export interface TallyRow {
  wave: number;
  dp: DpId;
  state: MemberState;
  code: FailureCode | null;
  phase: Phase | null;
  /** Whether their result counts for stops: it came after a person last resumed the rollout. */
  fresh: boolean;
  count: number;
}

/** All members of a rollout, counted. */
export interface RolloutTally {
  rows: readonly TallyRow[];
  /** How many were started within the last minute, by DP. */
  started: ReadonlyMap<DpId, number>;
}

export const EMPTY_TALLY: RolloutTally = { rows: [], started: new Map() };

export function countOf(rows: readonly TallyRow[], matches: (row: TallyRow) => boolean): number {
  return rows.reduce((sum, row) => (matches(row) ? sum + row.count : sum), 0);
}

export function isGood({ state }: Pick<TallyRow, 'state'>): boolean {
  return state === 'registered' || state === 'ready';
}

/** Whether a row says something bad about what is rolled out: absence does not. */
export function isBad({ state, code }: Pick<TallyRow, 'state' | 'code'>): boolean {
  if (state === 'silent') return true;
  return (state === 'failed' || state === 'failing') && (code === null || !isAbsence(code));
}

/** Whether it is gone for good without saying anything: off until its order expired. */
export function isAbsent({ state, code }: Pick<TallyRow, 'state' | 'code'>): boolean {
  return state === 'away' || (state === 'failed' && code !== null && isAbsence(code));
}

export function matchesScope(row: TallyRow, scope: StopScope): boolean {
  const { code, state } = row;
  const failedOrSilent = state === 'failed' || state === 'failing' || state === 'silent';
  if (!failedOrSilent) return false;
  if (scope.only === 'silence') return state === 'silent';
  if (scope.only === 'unregistered') return code === 'REGISTER_TIMEOUT';
  const isNamed = scope.codes !== null || scope.classes !== null || scope.phases !== null;
  if (!isNamed) return isBad(row);
  if (code === null) return false;
  if (scope.codes && !scope.codes.includes(code)) return false;
  if (scope.classes && !scope.classes.includes(failureRule(code).retry)) return false;
  const phase = row.phase ?? failureRule(code).phase;
  return !scope.phases || (phase !== null && scope.phases.includes(phase));
}
