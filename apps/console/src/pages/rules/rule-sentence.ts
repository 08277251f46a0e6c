import { known, text, type TextKey } from '../../texts.js';
import type { Combined } from './rule-rows.js';

/** A condition in words that stands by itself, as in a list. */
export function whenText(condition: object): string {
  return text('rule.when', { condition: conditionText(condition) });
}

/** A condition in words, as the middle of a sentence: what has to be so. */
export function conditionText(condition: object, negated = false): string {
  const { all, any, not, column, ...leaf } = condition as Combined & Readonly<Record<string, unknown>>;
  const inner = (one: Combined): string => {
    const said = conditionText(one);
    return one.all || one.any ? `(${said})` : said;
  };
  if (all) return all.map(inner).join(` ${text('condition.and')} `);
  if (any) return any.map(inner).join(` ${text('condition.or')} `);
  if (not) {
    const isLeaf = !not.all && !not.any && !not.not;
    return isLeaf ? conditionText(not, !negated) : `${text('condition.not')} ${inner(not)}`;
  }
  if (column) return phrase('column', negated, { column: column.name, value: column.is });
  const [field = '', value = ''] = Object.entries(leaf)[0] ?? [];
  return phrase(field, negated, { value: String(value) });
}

function phrase(field: string, negated: boolean, params: Readonly<Record<string, string>>): string {
  const key = `rule.${negated ? 'isNot' : 'is'}.${field}`;
  return known(key) === null ? `${field} ${params['value'] ?? ''}` : text(key as TextKey, params);
}
