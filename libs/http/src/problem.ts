import type { DomainErrorCode, Fault } from '#domain';
import { type Language, type MessageDescriptor, textIn, type TextKey, type TextParams } from '#texts';

/** Codes that exist at the HTTP edge only. */
export type EdgeCode =
  | 'METHOD_NOT_ALLOWED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'RANGE_NOT_SATISFIABLE'
  | 'REQUEST_TIMEOUT'
  | 'HEADERS_TOO_LARGE'
  | 'INTERNAL';
export type ProblemCode = DomainErrorCode | EdgeCode;

/** The media type of every error. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

interface ProblemRule {
  status: number;
  /** Seconds after which asking again makes sense. */
  retryAfter?: number;
}

/** The HTTP status of every code: the one place where broken rules become answers, of every program. */
export const PROBLEMS = {
  VALIDATION_FAILED: { status: 400 },
  UNAUTHENTICATED: { status: 401 },
  FORBIDDEN: { status: 403 },
  NOT_FOUND: { status: 404 },
  DP_FIXED: { status: 409 },
  DP_UNDECIDED: { status: 409 },
  ASSIGNMENT_CHANGED: { status: 409 },
  WRONG_STATE: { status: 409 },
  DUPLICATE: { status: 409 },
  REGISTER_MISMATCH: { status: 409 },
  REGISTER_TOKEN_SPENT: { status: 409 },
  DP_NOT_ENABLED: { status: 409 },
  DP_DISABLED: { status: 403 },
  AGENT_TOO_OLD: { status: 403 },
  NO_ACCOUNT: { status: 409 },
  COMPUTER_DISABLED: { status: 409 },
  REVISION_STALE: { status: 412 },
  TOO_LARGE: { status: 413 },
  RATE_LIMITED: { status: 429, retryAfter: 30 },
  UNAVAILABLE: { status: 503, retryAfter: 5 },
  METHOD_NOT_ALLOWED: { status: 405 },
  UNSUPPORTED_MEDIA_TYPE: { status: 415 },
  IDEMPOTENCY_KEY_REUSED: { status: 422 },
  RANGE_NOT_SATISFIABLE: { status: 416 },
  REQUEST_TIMEOUT: { status: 408 },
  HEADERS_TOO_LARGE: { status: 431 },
  INTERNAL: { status: 500 },
} as const satisfies Record<ProblemCode, ProblemRule>;

/** An error as every answer shows it (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  errors?: FaultInWords[];
}

/** A fault in words, which go on from its path. */
interface FaultInWords {
  path: string;
  code: string;
  message: string;
}

/** A fault of HTTP itself, not of a domain rule. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';

  constructor(
    readonly code: EdgeCode,
    readonly key: TextKey,
    readonly params: TextParams = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${code}: ${key}`);
  }
}

/** A problem in words. */
export function problemOf(
  code: ProblemCode,
  detail: MessageDescriptor,
  faults: readonly Fault[],
  language: Language,
): Problem {
  return {
    type: `urn:relaypoint:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: textIn(language, { key: `problem.${code}` }),
    status: PROBLEMS[code].status,
    code,
    detail: textIn(language, detail),
    ...(faults.length > 0 && {
      errors: faults.map(({ path, code: rule, key, params = {} }) => ({
        path,
        code: rule,
        message: textIn(language, { key, params }),
      })),
    }),
  };
}
