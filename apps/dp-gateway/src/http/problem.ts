import type { DomainErrorCode, Fault } from '#domain';

/** Codes that exist at the HTTP edge only. */
export type EdgeCode =
  'UNSUPPORTED_MEDIA_TYPE' | 'RANGE_NOT_SATISFIABLE' | 'REQUEST_TIMEOUT' | 'HEADERS_TOO_LARGE' | 'INTERNAL';
export type ProblemCode = DomainErrorCode | EdgeCode;

/** HTTP status and title of every code: the one place where broken rules become answers. */
const PROBLEMS = {
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'Not authenticated' },
  FORBIDDEN: { status: 403, title: 'Not allowed' },
  DP_DISABLED: { status: 403, title: 'Distribution point disabled' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  DP_FIXED: { status: 409, title: 'The distribution point is fixed' },
  WRONG_STATE: { status: 409, title: 'Not possible now' },
  DUPLICATE: { status: 409, title: 'Exists already' },
  REGISTER_MISMATCH: { status: 409, title: 'Another computer' },
  REGISTER_TOKEN_SPENT: { status: 409, title: 'Registration token spent' },
  DP_NOT_ENABLED: { status: 409, title: 'Distribution point not enabled' },
  NO_ACCOUNT: { status: 409, title: 'No account' },
  REQUEST_TIMEOUT: { status: 408, title: 'Too slow' },
  REVISION_STALE: { status: 412, title: 'Changed meanwhile' },
  TOO_LARGE: { status: 413, title: 'Too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Content type not supported' },
  RANGE_NOT_SATISFIABLE: { status: 416, title: 'Range not satisfiable' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  HEADERS_TOO_LARGE: { status: 431, title: 'Headers too large' },
  INTERNAL: { status: 500, title: 'Internal error' },
  UNAVAILABLE: { status: 503, title: 'Not available now' },
} as const satisfies Record<ProblemCode, { status: number; title: string }>;

/** An error as every answer shows it (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  errors?: Fault[];
}

export function problemOf(code: ProblemCode, detail: string, faults: readonly Fault[] = []): Problem {
  const { status, title } = PROBLEMS[code];
  return {
    type: `urn:relaypoint:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code,
    detail,
    ...(faults.length > 0 ? { errors: [...faults] } : {}),
  };
}

/** Something that passes: the same again later may succeed. Nothing was done, or it may safely be asked again. */
export class TryLater extends Error {
  override readonly name = 'TryLater';

  /**
   * @param code `RATE_LIMITED` or `UNAVAILABLE`
   * @param seconds after which to try again
   */
  constructor(
    readonly code: 'RATE_LIMITED' | 'UNAVAILABLE',
    readonly detail: string,
    readonly seconds: number,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }
}

/** A fault of HTTP itself, not of a rule. */
export class EdgeFault extends Error {
  override readonly name = 'EdgeFault';

  constructor(
    readonly code: EdgeCode,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${code}: ${detail}`);
  }
}
