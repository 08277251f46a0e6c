import type { DpId } from '../base/ids.js';
import type { Assignment, DpChoice } from './assignment.js';
import type { AssignedBy, ChosenRows, RuleOverlap, RuleTally, RunAssignment } from './chosen-dp.js';

/** Overlaps that are kept of one rule. */
const KEPT_OVERLAPS = 5;

/** A run of which no row has been read yet. */
export function noRows(
  { rules }: Pick<Assignment, 'rules'>,
  facts: Pick<RunAssignment, 'stamp' | 'profile' | 'shape'>,
): RunAssignment {
  return {
    ...facts,
    chosen: [],
    rules: rules.map(({ rule }) => ({ rule: rule.id, name: rule.name, matched: 0, won: 0, overlaps: [] })),
  };
}

/** A row whose DP was asked for. */
export interface TalliedRow {
  line: number;
  dp: DpId | null;
  assignedBy: AssignedBy;
  choice: Pick<DpChoice, 'matched' | 'by'>;
}

/** The tallies with further rows. */
export function tallied(before: RunAssignment, rows: readonly TalliedRow[]): RunAssignment {
  const chosen = new Map(before.chosen.map((one) => [keyOf(one), { ...one }]));
  const rules = before.rules.map((one) => ({
    ...one,
    overlaps: one.overlaps.map((overlap) => ({ ...overlap })),
  }));
  for (const { line, dp, assignedBy, choice } of rows) {
    const { by, rule, name } = assignedBy;
    const key = keyOf({ by, rule, dp });
    const seen = chosen.get(key);
    if (seen) seen.rows += 1;
    else chosen.set(key, { by, rule, name, dp, rows: 1 });

    const [first] = choice.matched;
    const winner = choice.by.by === 'rule' && first !== undefined ? rules[first] : undefined;
    for (const index of choice.matched) {
      const tally = rules[index];
      if (!tally) continue;
      tally.matched += 1;
      if (tally === winner) tally.won += 1;
      else if (winner) noteOverlap(tally.overlaps, winner, line);
    }
  }
  return { ...before, chosen: [...chosen.values()].toSorted((a, b) => b.rows - a.rows), rules };
}

function keyOf({ by, rule, dp }: Pick<ChosenRows, 'by' | 'rule' | 'dp'>): string {
  return `${by} ${rule ?? ''} ${dp ?? ''}`;
}

function noteOverlap(known: RuleOverlap[], { rule, name }: RuleTally, line: number): void {
  const one = known.find((other) => other.rule === rule);
  if (one) one.rows += 1;
  else if (known.length < KEPT_OVERLAPS) known.push({ rule, name, rows: 1, line });
}
