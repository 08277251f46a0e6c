import { textIn } from '#texts';
import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS, type Problem, type ProblemCode } from '#http';

type Responses = NonNullable<OpenAPIObject['components']>['responses'];
type Response = Exclude<NonNullable<Responses>[string], { $ref: string }>;

/** Errors that mean the same wherever they come from: code → name of the response. */
const SHARED = {
  VALIDATION_FAILED: 'ValidationFailed',
  UNAUTHENTICATED: 'Unauthenticated',
  FORBIDDEN: 'Forbidden',
  NOT_FOUND: 'NotFound',
  REVISION_STALE: 'RevisionStale',
  TOO_LARGE: 'TooLarge',
  UNSUPPORTED_MEDIA_TYPE: 'UnsupportedMediaType',
  IDEMPOTENCY_KEY_REUSED: 'IdempotencyKeyReused',
  RATE_LIMITED: 'RateLimited',
  UNAVAILABLE: 'Unavailable',
  INTERNAL: 'Internal',
} as const satisfies Partial<Record<ProblemCode, string>>;

/** A fault as an example, for the one error that names faults. */
const FAULT = { path: 'name', code: 'text', message: 'must be one line that is not blank' };

/** The responses of {@link SHARED}, for the components of the document. */
export function sharedProblems(): NonNullable<Responses> {
  return Object.fromEntries(
    Object.entries(SHARED).map(([code, name]) => [name, response([code as ProblemCode])]),
  );
}

/** The error responses of an operation with these codes, by status. */
export function problemResponses(codes: readonly ProblemCode[]): NonNullable<Responses> {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, all]) => {
      const [only = 'INTERNAL'] = all;
      const shared = all.length === 1 && only in SHARED ? SHARED[only as keyof typeof SHARED] : undefined;
      return [String(status), shared ? { $ref: `#/components/responses/${shared}` } : response(all)];
    }),
  );
}

function response(codes: readonly ProblemCode[]): Response {
  const headers = {
    ...(codes.some((code) => 'retryAfter' in PROBLEMS[code]) && {
      'Retry-After': { $ref: '#/components/headers/RetryAfter' },
    }),
    ...(codes.includes('UNAUTHENTICATED') && {
      'WWW-Authenticate': { $ref: '#/components/headers/WwwAuthenticate' },
    }),
  };
  return {
    description: codes.map((code) => `${titleOf(code)} (\`${code}\`).`).join(' '),
    ...(Object.keys(headers).length > 0 && { headers }),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/ProblemDto' },
        examples: Object.fromEntries(codes.map((code) => [code, { value: example(code) }])),
      },
    },
  };
}

function example(code: ProblemCode): Problem {
  const { status } = PROBLEMS[code];
  const title = titleOf(code);
  return {
    type: `urn:relaypoint:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code,
    detail: title,
    ...(code === 'VALIDATION_FAILED' && { errors: [FAULT] }),
  };
}

function titleOf(code: ProblemCode): string {
  return textIn('en', { key: `problem.${code}` });
}
