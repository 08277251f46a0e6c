import type { Schema } from '../api.js';
import { conditionLine, joined, leafText, typedCondition } from './rule-condition.js';

type Condition = Schema['AssignmentCondition'];
type Target = Schema['AssignmentRuleDto']['target'];

/** What a rule may ask of a row by a text. */
const CRITERIA = ['ou', 'addressIn', 'adSite', 'dnsSuffix', 'name', 'group'] as const;

/**
 * What was typed, as a condition: each criterion that was filled in must hold. Values that may hold commas stand alone; the
 * others may be several, any of which will do.
 *
 * @param typed a whole condition as JSON, which counts instead
 * @throws ApiError when that is no JSON
 */
export function assignmentFrom(values: Readonly<Record<string, string>>, typed = ''): Condition {
  if (typed.trim() !== '') return typedCondition(typed) as Condition;
  const of = (name: string, split: RegExp): string[] =>
    (values[name] ?? '')
      .split(split)
      .map((one) => one.trim())
      .filter((one) => one !== '');
  const column = (values['column'] ?? '').trim();
  return joined([
    column === '' ? [] : of('is', /;/).map((is): Condition => ({ column: { name: column, is } })),
    of('ou', /\n|;/).map((ou): Condition => ({ ou })),
    of('addressIn', /[\s,;]+/).map((addressIn): Condition => ({ addressIn })),
    of('adSite', /[,;]/).map((adSite): Condition => ({ adSite })),
    of('dnsSuffix', /[\s,;]+/).map((dnsSuffix): Condition => ({ dnsSuffix })),
    of('computer', /[\s,;]+/).map((name): Condition => ({ name })),
    of('group', /\n|;/).map((group): Condition => ({ group })),
  ]);
}

/** A condition in one line. */
export function assignmentText(condition: Condition): string {
  return conditionLine(condition, (leaf) =>
    leaf.column ? `${leaf.column.name} = ${leaf.column.is}` : leafText(leaf, CRITERIA),
  );
}

/** A choice of the form as the API takes it; what is no DP begins with a colon. */
export function targetFrom(choice: string): { target: Target; dp: string | null } {
  if (choice === ':server') return { target: 'server', dp: null };
  return choice === ':reject' ? { target: 'reject', dp: null } : { target: 'dp', dp: choice };
}

export function targetOf({ target, dp }: { target: Target; dp: string | null }): string {
  return target === 'dp' ? (dp ?? '') : `:${target}`;
}
