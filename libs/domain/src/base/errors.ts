import type { MessageDescriptor, TextKey, TextParams } from '#texts';

/** Codes of broken rules, as the admin API shows them. The HTTP status of each is decided at the edge. */
export const DOMAIN_ERROR_CODES = [
  'VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'DP_FIXED',
  'DP_UNDECIDED',
  'ASSIGNMENT_CHANGED',
  'WRONG_STATE',
  'DUPLICATE',
  'REGISTER_MISMATCH',
  'REGISTER_TOKEN_SPENT',
  'DP_NOT_ENABLED',
  'DP_DISABLED',
  'AGENT_TOO_OLD',
  'NO_ACCOUNT',
  'COMPUTER_DISABLED',
  'REVISION_STALE',
  'TOO_LARGE',
  'RATE_LIMITED',
  'UNAVAILABLE',
] as const;
export type DomainErrorCode = (typeof DOMAIN_ERROR_CODES)[number];

/** One fault of a request: where it is, what rule it breaks, and the text that says so, which goes on from the path. */
export interface Fault extends MessageDescriptor {
  /** Path in the body, such as `accounts[0].username`; empty for the whole. */
  path: string;
  code: string;
}

/** A rule was broken. Thrown by domain and services; each edge puts it into words once. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param code which rule
   * @param key the text for the person who asked, with what to do where that helps
   * @param params what fills the places of the text
   * @param faults each fault of a request body, all at once
   */
  constructor(
    readonly code: DomainErrorCode,
    readonly key: TextKey,
    readonly params: TextParams = {},
    readonly faults: readonly Fault[] = [],
  ) {
    super(`${code}: ${key} ${JSON.stringify(params)}`);
  }

  get descriptor(): MessageDescriptor {
    return { key: this.key, params: this.params };
  }
}

/** A request whose fields break rules. */
export function invalid(faults: readonly Fault[]): DomainError {
  const [first] = faults;
  if (first && faults.length === 1) {
    const fault = { key: first.key, params: first.params ?? {} };
    return first.path === ''
      ? new DomainError('VALIDATION_FAILED', 'request.fault', { fault }, faults)
      : new DomainError('VALIDATION_FAILED', 'request.faultAt', { path: first.path, fault }, faults);
  }
  return new DomainError('VALIDATION_FAILED', 'request.faults', { count: faults.length }, faults);
}

/** "must be …": what a value ought to be is a text of its own, since lists say it of their items. */
export function mustBe(key: TextKey, params: TextParams = {}): MessageDescriptor {
  return { key: 'fault.mustBe', params: { what: { key, params } } };
}
