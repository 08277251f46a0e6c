import type { MessageDescriptor, TextKey, TextParams } from '#texts';
import type { DpId } from '../base/ids.js';
import { SERVER_DP } from '../base/ids.js';
import { compileCondition, type AssignmentFacts } from './assignment-criterion.js';
import type { Assigned, AssignmentRule, AssignmentTarget } from './assignment-rule.js';
import type { AssignedBy, Chooser, ValueMapping, WithoutDp } from './chosen-dp.js';
import { optionalText } from './cell.js';
import type { DpIndex } from './dp-suggestion.js';
import type { ImportCandidate } from './import-candidate.js';
import type { ImportMessageCode } from './import-texts.js';
import { assignmentFacts, type RowColumns } from './row-columns.js';
import { valueKey } from './text-pattern.js';

/** All that chooses the DPs of one run. */
export interface Assignment {
  dps: DpIndex;
  columns: RowColumns;
  mapping: { index: number; values: ReadonlyMap<string, Assigned> } | null;
  /** Index of the file's DP column, where it counts. */
  dpColumn: number | null;
  rules: readonly { rule: AssignmentRule; test: (facts: AssignmentFacts) => boolean }[];
  runDp: DpId | null;
  withoutDp: WithoutDp | null;
}

export interface AssignmentInput {
  dps: DpIndex;
  columns: RowColumns;
  mapping: ValueMapping | null;
  dpColumn: number | null;
  /** In their order, see `rulesFor`. */
  rules: readonly AssignmentRule[];
  runDp: DpId | null;
  withoutDp: WithoutDp | null;
}

export function makeAssignment({ mapping, rules, ...rest }: AssignmentInput): Assignment {
  const index = mapping && rest.columns.indexOf(mapping.column);
  return {
    ...rest,
    mapping:
      mapping && index !== null
        ? {
            index,
            values: new Map(mapping.values.map(({ value, target, dp }) => [valueKey(value), { target, dp }])),
          }
        : null,
    rules: rules.map((rule) => ({ rule, test: compileCondition(rule.when) })),
  };
}

/** Which DP a row gets. */
export interface DpChoice {
  dp: DpId | null;
  by: AssignedBy;
  /** Why the row is not imported; null otherwise. */
  refusal: ({ code: ImportMessageCode } & MessageDescriptor) | null;
  /** Rules that match, by their place in `rules`, whether one of them chose or not. */
  matched: readonly number[];
}

const chosenBy = (by: Chooser, more: Partial<AssignedBy> = {}): AssignedBy => ({
  by,
  rule: null,
  name: null,
  value: null,
  ...more,
});

export const KEEPS_DP: AssignedBy = chosenBy('computer');

/**
 * Chooses the DP of a row: the mapping of values, the file's own DP column, the first rule that matches, the DP of the run.
 * Nothing of these: none, and the row waits for somebody to say what becomes of it.
 */
export function assignDp(row: ImportCandidate, assignment: Assignment): DpChoice {
  const facts = assignment.rules.length > 0 ? assignmentFacts(row, assignment.columns) : null;
  const matched: number[] = [];
  if (facts) for (const [index, { test }] of assignment.rules.entries()) if (test(facts)) matched.push(index);

  const choice =
    byMapping(row, assignment) ??
    byColumn(row, assignment) ??
    byRule(matched[0], assignment) ??
    (assignment.runDp === null
      ? { dp: null, by: chosenBy('none'), refusal: null }
      : { dp: assignment.runDp, by: chosenBy('run'), refusal: null });
  return { ...choice, matched };
}

type Choice = Omit<DpChoice, 'matched'>;

function byMapping(row: ImportCandidate, assignment: Assignment): Choice | null {
  const { mapping, columns, dpColumn } = assignment;
  if (!mapping || row.guid !== null) return null;
  const value = optionalText(row.raw[mapping.index] ?? '');
  if (value === '') return null;
  const shown = value.slice(0, 255);
  const name = columns.titleOf(mapping.index);
  const mapped = mapping.values.get(valueKey(value));
  if (mapped) {
    return assigned(mapped, chosenBy('mapping', { name, value: shown }), assignment, {
      rejects: 'row.mappingRejects',
      gone: 'row.mappingDpGone',
    });
  }
  const found = assignment.dps.find(value);
  if (found) return { dp: found.dp, by: chosenBy('column', { name, value: shown }), refusal: null };
  return mapping.index === dpColumn ? unknownDp(value, name, assignment) : null;
}

function byColumn(row: ImportCandidate, assignment: Assignment): Choice | null {
  const { dpColumn, columns, dps } = assignment;
  if (dpColumn === null || row.dp === null) return null;
  const name = columns.titleOf(dpColumn);
  const found = dps.find(row.dp);
  if (!found) return unknownDp(row.dp, name, assignment);
  return { dp: found.dp, by: chosenBy('column', { name, value: row.dp.slice(0, 255) }), refusal: null };
}

function unknownDp(value: string, name: string, { dps }: Assignment): Choice {
  const near = dps.suggest(value);
  const dp = value.slice(0, 60);
  return {
    dp: null,
    by: chosenBy('column', { name, value: value.slice(0, 255) }),
    refusal: near
      ? { code: 'UNKNOWN_DP', key: 'row.unknownDpNear', params: { dp, near: near.id } }
      : { code: 'UNKNOWN_DP', key: 'row.unknownDp', params: { dp } },
  };
}

function byRule(first: number | undefined, assignment: Assignment): Choice | null {
  const rule = first === undefined ? undefined : assignment.rules[first]?.rule;
  if (!rule) return null;
  return assigned(rule, chosenBy('rule', { rule: rule.id, name: rule.name }), assignment, {
    rejects: 'row.ruleRejects',
    gone: 'row.ruleDpGone',
  });
}

/** A DP that has been deleted, or no longer serves the tenant, refuses the row: whatever comes next was not meant for it. */
function assigned(
  { target, dp }: Assigned,
  by: AssignedBy,
  { dps }: Assignment,
  keys: { rejects: TextKey; gone: TextKey },
): Choice {
  const params: TextParams = { name: by.name ?? '', value: by.value ?? '', dp: dp ?? '' };
  if (target === 'reject')
    return { dp: null, by, refusal: { code: 'RULE_REJECTS', key: keys.rejects, params } };
  const wanted = dpOfTarget(target, dp);
  if (wanted === null || !dps.has(wanted)) {
    return {
      dp: null,
      by,
      refusal: { code: 'UNKNOWN_DP', key: keys.gone, params: { ...params, dp: wanted ?? '' } },
    };
  }
  return { dp: wanted, by, refusal: null };
}

/** The DP that a target stands for; null: none. */
export function dpOfTarget(target: AssignmentTarget, dp: DpId | null): DpId | null {
  if (target === 'reject') return null;
  return target === 'server' ? SERVER_DP : dp;
}
