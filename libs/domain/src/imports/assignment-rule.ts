import { type Fault, invalid } from '../base/errors.js';
import type { AssignmentRuleId, DirectoryId, DpId, TenantId } from '../base/ids.js';
import { leavesOf } from '../location/condition-tree.js';
import type { LocationCondition } from '../location/location-criterion.js';
import {
  assignmentLeafEntry,
  parseAssignmentCondition,
  SHARED_CRITERIA,
  type AssignmentCondition,
} from './assignment-criterion.js';
import { dnKey } from './distinguished-name.js';
import { leafEntry, parseCondition } from '../location/location-criterion.js';

/** What becomes of a row: a DP of its own, the server DP on purpose, or nothing. */
export const ASSIGNMENT_TARGETS = ['dp', 'server', 'reject'] as const;
export type AssignmentTarget = (typeof ASSIGNMENT_TARGETS)[number];

/** Where a row goes. `dp` is set where `target` is `dp`, and null otherwise. */
export interface Assigned {
  target: AssignmentTarget;
  dp: DpId | null;
}

/** Says of rows of an import which DP installs them. Of those that match, the first counts. */
export interface AssignmentRule extends Assigned {
  id: AssignmentRuleId;
  tenant: TenantId;
  /** Only for imports from this directory; null: for every import of the tenant. */
  directory: DirectoryId | null;
  name: string;
  /** The lower one is asked first; of two that are the same, the older one. */
  position: number;
  when: AssignmentCondition;
  createdAt: Date;
  revision: number;
}

export const ASSIGNMENT_POSITION_LIMITS = { min: 0, max: 1_000_000 } as const;
/** Rules are numbered in steps, so that one can be put between two others. */
export const ASSIGNMENT_POSITION_STEP = 10;
/** Rules of a tenant: each is asked of each row. */
export const MOST_ASSIGNMENT_RULES = 500;

/** In the order in which they are asked. */
export function inRuleOrder(a: AssignmentRule, b: AssignmentRule): number {
  return a.position - b.position || a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1);
}

/** The rules that an import asks, in order. */
export function rulesFor(
  rules: readonly AssignmentRule[],
  directory: DirectoryId | null,
): readonly AssignmentRule[] {
  return rules
    .filter((rule) => rule.directory === null || rule.directory === directory)
    .toSorted(inRuleOrder);
}

/** Groups that some rules name, each once, as they are written: a reader of a directory looks who is in them. */
export function groupsOfRules(rules: readonly Pick<AssignmentRule, 'when'>[]): string[] {
  const groups = rules.flatMap(({ when }) =>
    leavesOf(when).flatMap((leaf) => ('group' in leaf ? [leaf.group] : [])),
  );
  return [...new Map(groups.map((group) => [dnKey(group), group])).values()];
}

/**
 * The positions that put rules into an order.
 *
 * @param ids every rule of the tenant, once
 * @throws DomainError VALIDATION_FAILED naming each that is missing, unknown or there twice
 */
export function reordered(
  rules: readonly AssignmentRule[],
  ids: readonly string[],
): { rule: AssignmentRule; position: number }[] {
  const known = new Map<string, AssignmentRule>(rules.map((rule) => [rule.id, rule]));
  const faults: Fault[] = [];
  const seen = new Set<string>();
  for (const [index, id] of ids.entries()) {
    if (!known.has(id)) faults.push({ path: `rules[${index}]`, code: 'unknown', key: 'fault.unknownRule' });
    else if (seen.has(id)) faults.push({ path: `rules[${index}]`, code: 'twice', key: 'fault.twice' });
    seen.add(id);
  }
  const missing = rules.filter((rule) => !seen.has(rule.id));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    faults.push({ path: 'rules', code: 'incomplete', key: 'fault.rulesMissing', params: { names } });
  }
  if (faults.length > 0) throw invalid(faults);
  return ids.flatMap((id, index) => {
    const rule = known.get(id);
    return rule ? [{ rule, position: (index + 1) * ASSIGNMENT_POSITION_STEP }] : [];
  });
}

/** A condition in the words of the other kind of rule, or the criteria that the other kind does not have. */
export type CopiedCondition<Condition> = { condition: Condition } | { lacking: readonly string[] };

/** The condition of an assignment rule for a location rule. */
export function asLocationCondition(when: AssignmentCondition): CopiedCondition<LocationCondition> {
  const lacking = lackingOf(leavesOf(when).map((leaf) => assignmentLeafEntry(leaf)[0]));
  if (lacking.length > 0) return { lacking };
  const read = parseCondition(when);
  return 'condition' in read ? read : { lacking: read.faults.map(({ path }) => path) };
}

/** The condition of a location rule for an assignment rule. */
export function asAssignmentCondition(when: LocationCondition): CopiedCondition<AssignmentCondition> {
  const lacking = lackingOf(leavesOf(when).map((leaf) => leafEntry(leaf)[0]));
  if (lacking.length > 0) return { lacking };
  const read = parseAssignmentCondition(when);
  return 'condition' in read ? read : { lacking: read.faults.map(({ path }) => path) };
}

function lackingOf(names: readonly string[]): string[] {
  return [...new Set(names.filter((name) => !(SHARED_CRITERIA as readonly string[]).includes(name)))];
}
