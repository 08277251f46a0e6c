import type { Schema } from '../../api.js';

type Target = Schema['AssignmentRuleDto']['target'];

/** A choice of the form as the API takes it; what is no DP begins with a colon. */
export function targetFrom(choice: string): { target: Target; dp: string | null } {
  if (choice === ':server') return { target: 'server', dp: null };
  return choice === ':reject' ? { target: 'reject', dp: null } : { target: 'dp', dp: choice };
}

export function targetOf({ target, dp }: { target: Target; dp: string | null }): string {
  return target === 'dp' ? (dp ?? '') : `:${target}`;
}
