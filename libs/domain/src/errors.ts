/** Codes of broken rules, as the admin API shows them. The HTTP status of each is decided at the edge. */
export const DOMAIN_ERROR_CODES = [
  'VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'DP_FIXED',
  'WRONG_STATE',
  'DUPLICATE',
  'REGISTER_MISMATCH',
  'REGISTER_TOKEN_SPENT',
  'DP_NOT_ENABLED',
  'DP_DISABLED',
  'NO_ACCOUNT',
  'REVISION_STALE',
  'TOO_LARGE',
  'RATE_LIMITED',
  'UNAVAILABLE',
] as const;
export type DomainErrorCode = (typeof DOMAIN_ERROR_CODES)[number];

/** One fault of a request: where it is, what rule it breaks, and a sentence. */
export interface Fault {
  /** Path in the body, such as `accounts[0].username`; empty for the whole. */
  path: string;
  code: string;
  message: string;
}

/** A rule was broken. Thrown by domain and services, mapped once at each edge. */
export class DomainError extends Error {
  override readonly name = 'DomainError';

  /**
   * @param code which rule
   * @param detail a sentence for the person who asked, with what to do where that helps
   * @param faults each fault of a request body, all at once
   */
  constructor(
    readonly code: DomainErrorCode,
    readonly detail: string,
    readonly faults: readonly Fault[] = [],
  ) {
    super(`${code}: ${detail}`);
  }
}
