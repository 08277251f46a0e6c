import { ApiError, type Schema } from '../api.js';
import { text } from '../texts.js';

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
  if (typed.trim() !== '') {
    try {
      return JSON.parse(typed) as Condition;
    } catch (error) {
      const detail = `${text('condition.notJson')} ${(error as Error).message}`;
      throw new ApiError({ type: 'about:blank', title: '', status: 400, code: 'VALIDATION_FAILED', detail });
    }
  }
  const parts = CRITERIA.flatMap((name) => {
    const wanted = (values[name] ?? '').split(/[\s,;]+/).filter((one) => one !== '');
    const leaves = wanted.map((value): Condition => ({ [name]: value }));
    return leaves.length > 1 ? [{ any: leaves }] : leaves;
  });
  return parts.length === 1 && parts[0] ? parts[0] : { all: parts };
}

/** A condition in one line. */
export function conditionText(condition: Condition): string {
  const { all, any, not } = condition;
  if (all) return all.map(inner).join(` ${text('condition.and')} `);
  if (any) return any.map(inner).join(` ${text('condition.or')} `);
  if (not) return `${text('condition.not')} ${inner(not)}`;
  return CRITERIA.flatMap((name) => {
    const value = (condition as Readonly<Record<string, unknown>>)[name];
    return typeof value === 'string' ? [`${text(`criterion.${name}`)} ${value}`] : [];
  }).join(', ');
}

function inner(condition: Condition): string {
  const shown = conditionText(condition);
  return condition.all || condition.any ? `(${shown})` : shown;
}
