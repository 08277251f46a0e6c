import type { Schema } from '../api.js';
import { conditionLine, joined, leafText, typedCondition } from './rule-condition.js';

type Condition = Schema['LocationCondition'];

/** What a rule may ask of a client's network (docs, location rules). */
export const CRITERIA = [
  'addressIn',
  'gatewayIp',
  'gatewayMac',
  'dnsSuffix',
  'adSite',
  'publicAddressIn',
] as const;

/**
 * What was typed, as a condition: each criterion that was filled in must hold, with any of its values.
 *
 * @param typed a whole condition as JSON, which counts instead
 * @throws ApiError when that is no JSON
 */
export function conditionFrom(values: Readonly<Record<string, string>>, typed = ''): Condition {
  if (typed.trim() !== '') return typedCondition(typed) as Condition;
  const parts = CRITERIA.map((name) =>
    (values[name] ?? '')
      .split(/[\s,;]+/)
      .filter((one) => one !== '')
      .map((value): Condition => ({ [name]: value })),
  );
  return joined(parts);
}

/** A condition in one line. */
export function conditionText(condition: Condition): string {
  return conditionLine(condition, (leaf) => leafText(leaf, CRITERIA));
}
