import { ApiError } from '../api.js';
import { text, type TextKey } from '../texts.js';

/** What conditions of location rules and of assignment rules have in common: they are put together alike. */
interface Combined<Condition> {
  all?: Condition[];
  any?: Condition[];
  not?: Condition;
}

/** A leaf, or several of which one will do. */
type Part<Leaf> = Leaf | { any: Leaf[] };

/** A condition that was typed as JSON. @throws ApiError when it is none */
export function typedCondition(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch (error) {
    const detail = `${text('condition.notJson')} ${(error as Error).message}`;
    throw new ApiError({ type: 'about:blank', title: '', status: 400, code: 'VALIDATION_FAILED', detail });
  }
}

/** Each part must hold; of a part with several leaves any of them. */
export function joined<Leaf>(parts: readonly Leaf[][]): Part<Leaf> | { all: Part<Leaf>[] } {
  const all = parts.flatMap((leaves): Part<Leaf>[] => (leaves.length > 1 ? [{ any: leaves }] : leaves));
  const [first] = all;
  return all.length === 1 && first !== undefined ? first : { all };
}

/** A condition in one line. */
export function conditionLine<Condition extends Combined<Condition>>(
  condition: Condition,
  leaf: (condition: Condition) => string,
): string {
  const { all, any, not } = condition;
  const inner = (one: Condition): string => {
    const shown = conditionLine(one, leaf);
    return one.all || one.any ? `(${shown})` : shown;
  };
  if (all) return all.map(inner).join(` ${text('condition.and')} `);
  if (any) return any.map(inner).join(` ${text('condition.or')} `);
  return not ? `${text('condition.not')} ${inner(not)}` : leaf(condition);
}

/** What a leaf asks, by the names of its criteria. */
export function leafText(condition: object, names: readonly string[]): string {
  const values = condition as Readonly<Partial<Record<string, unknown>>>;
  return names
    .flatMap((name) => {
      const value = values[name];
      return typeof value === 'string' ? [`${text(`criterion.${name}` as TextKey)} ${value}`] : [];
    })
    .join(', ');
}
