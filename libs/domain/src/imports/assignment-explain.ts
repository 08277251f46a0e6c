import type { MessageDescriptor } from '#texts';
import type { DpId } from '../base/ids.js';
import { judgeAssignment } from './assignment-criterion.js';
import type { AssignmentRule, AssignmentTarget } from './assignment-rule.js';
import { assignDp, dpOfTarget, type Assignment, type DpChoice } from './assignment.js';
import { type Chooser } from './chosen-dp.js';
import { optionalText } from './cell.js';
import type { ImportCandidate } from './import-candidate.js';
import { assignmentFacts } from './row-columns.js';
import { valueKey } from './text-pattern.js';

/** One of those that may choose the DP of a row, in the order in which they are asked. */
export interface ExplainedStep {
  by: Exclude<Chooser, 'computer' | 'none'>;
  rule: AssignmentRule | null;
  /** What it would make of the row; null: nothing, because it does not apply. */
  target: AssignmentTarget | null;
  dp: DpId | null;
  matched: boolean;
  /** Whether it is the one that chose. */
  chosen: boolean;
  /** Where the part of a rule stands that decided. */
  path: string | null;
  why: readonly MessageDescriptor[];
}

export interface ExplainedChoice {
  choice: DpChoice;
  steps: readonly ExplainedStep[];
}

/** How a row comes to its DP, each step in words. Says the same as {@link assignDp}, which decides. */
export function explainDp(row: ImportCandidate, assignment: Assignment): ExplainedChoice {
  const choice = assignDp(row, assignment);
  const steps = [
    ...explainMapping(row, assignment),
    ...explainColumn(row, assignment),
    ...explainRules(row, assignment),
    ...explainRun(assignment),
  ];
  const chosen = steps.find(
    ({ by, matched, rule }) =>
      by === choice.by.by && matched && (choice.by.rule === null || rule?.id === choice.by.rule),
  );
  return { choice, steps: steps.map((step) => (step === chosen ? { ...step, chosen: true } : step)) };
}

const step = (by: ExplainedStep['by'], more: Partial<ExplainedStep>): ExplainedStep => ({
  by,
  rule: null,
  target: null,
  dp: null,
  matched: false,
  chosen: false,
  path: null,
  why: [],
  ...more,
});

function explainMapping(row: ImportCandidate, { mapping, columns, dps }: Assignment): ExplainedStep[] {
  if (!mapping || row.guid !== null) return [];
  const value = optionalText(row.raw[mapping.index] ?? '');
  const params = { name: columns.titleOf(mapping.index), value };
  if (value === '') return [step('mapping', { why: [{ key: 'assignment.columnEmpty', params }] })];
  const mapped = mapping.values.get(valueKey(value));
  if (mapped) {
    const { target } = mapped;
    const dp = dpOfTarget(target, mapped.dp);
    return [step('mapping', { target, dp, matched: true, why: [{ key: 'assignment.valueMapped', params }] })];
  }
  const notMapped = step('mapping', { why: [{ key: 'assignment.valueNotMapped', params }] });
  const found = dps.find(value);
  if (!found) return [notMapped];
  const why = [
    { key: found.by === 'id' ? 'assignment.valueIsId' : 'assignment.valueIsName', params } as const,
  ];
  return [notMapped, step('column', { target: 'dp', dp: found.dp, matched: true, why })];
}

function explainColumn(row: ImportCandidate, assignment: Assignment): ExplainedStep[] {
  const { dpColumn, mapping, columns, dps } = assignment;
  if (dpColumn === null || row.guid !== null || mapping?.index === dpColumn) return [];
  const params = { name: columns.titleOf(dpColumn), value: row.dp ?? '' };
  if (row.dp === null) return [step('column', { why: [{ key: 'assignment.columnEmpty', params }] })];
  const found = dps.find(row.dp);
  // it refuses the row, so nobody behind it is asked
  if (!found) return [step('column', { matched: true, why: [{ key: 'assignment.valueIsNoDp', params }] })];
  const why = [
    { key: found.by === 'id' ? 'assignment.valueIsId' : 'assignment.valueIsName', params } as const,
  ];
  return [step('column', { target: 'dp', dp: found.dp, matched: true, why })];
}

function explainRules(row: ImportCandidate, { rules, columns }: Assignment): ExplainedStep[] {
  const facts = assignmentFacts(row, columns);
  return rules.map(({ rule }) => {
    const { matched, path, why } = judgeAssignment(rule.when, facts);
    return step('rule', {
      rule,
      target: rule.target,
      dp: dpOfTarget(rule.target, rule.dp),
      matched,
      path,
      why,
    });
  });
}

function explainRun({ runDp }: Assignment): ExplainedStep[] {
  if (runDp === null) return [step('run', { why: [{ key: 'assignment.noRunDp' }] })];
  return [step('run', { target: 'dp', dp: runDp, matched: true, why: [{ key: 'assignment.runDp' }] })];
}
