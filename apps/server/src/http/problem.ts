import type { DomainErrorCode, Fault } from '#domain';
import { inGerman } from '../language/german.js';

/** Codes that exist at the HTTP edge only. */
export type EdgeCode =
  | 'METHOD_NOT_ALLOWED'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'RANGE_NOT_SATISFIABLE'
  | 'INTERNAL';
export type ProblemCode = DomainErrorCode | EdgeCode;

interface ProblemRule {
  status: number;
  title: string;
  /** What the German reader is told where the particular sentence has no translation. */
  de: string;
  /** Seconds after which asking again makes sense. */
  retryAfter?: number;
}

/** The HTTP status and the German text of every code: the one place where broken rules become answers. */
export const PROBLEMS = {
  VALIDATION_FAILED: {
    status: 400,
    title: 'The request is not valid',
    de: 'Die Anfrage ist ungültig. Was falsch ist, steht unter „errors“.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'Not logged in',
    de: 'Nicht angemeldet: die Zugangsdaten fehlen oder gelten nicht (mehr).',
  },
  FORBIDDEN: { status: 403, title: 'Not allowed', de: 'Ihre Rolle erlaubt das nicht.' },
  NOT_FOUND: { status: 404, title: 'Not found', de: 'Das gibt es nicht, oder Sie dürfen es nicht sehen.' },
  DP_FIXED: {
    status: 409,
    title: 'The distribution point is fixed',
    de:
      'Der Verteilpunkt ist seit dem Import fest zugeordnet, bis die Installation beendet ist. Zum Ändern den Computer ' +
      'löschen und mit einem anderen Verteilpunkt neu importieren.',
  },
  WRONG_STATE: { status: 409, title: 'Not possible now', de: 'Im jetzigen Zustand ist das nicht möglich.' },
  DUPLICATE: { status: 409, title: 'Exists already', de: 'Das gibt es schon.' },
  REGISTER_MISMATCH: {
    status: 409,
    title: 'Another computer',
    de: 'Das Registrierungs-Token gehört zu einem anderen Computer.',
  },
  REGISTER_TOKEN_SPENT: {
    status: 409,
    title: 'Registration token spent',
    de: 'Das Registrierungs-Token ist verbraucht oder gehört zu einem früheren Auftrag.',
  },
  DP_NOT_ENABLED: {
    status: 409,
    title: 'Distribution point not enabled',
    de: 'Der Verteilpunkt ist nicht freigeschaltet.',
  },
  DP_DISABLED: { status: 403, title: 'Distribution point disabled', de: 'Der Verteilpunkt ist gesperrt.' },
  NO_ACCOUNT: {
    status: 409,
    title: 'No account',
    de: 'Für den Verteilpunkt ist kein Konto hinterlegt, weder zentral noch auf ihm selbst.',
  },
  REVISION_STALE: {
    status: 412,
    title: 'Changed meanwhile',
    de: 'Jemand anders hat das inzwischen geändert. Neu laden und noch einmal versuchen.',
  },
  TOO_LARGE: { status: 413, title: 'Too large', de: 'Die Anfrage ist zu groß.' },
  RATE_LIMITED: {
    status: 429,
    title: 'Too many requests',
    de: 'Zu viele Anfragen. Bitte warten und noch einmal versuchen.',
    retryAfter: 30,
  },
  UNAVAILABLE: {
    status: 503,
    title: 'Not available now',
    de: 'Datenbank oder Broker sind gerade nicht erreichbar. Bitte gleich noch einmal versuchen.',
    retryAfter: 5,
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    de: 'Diese HTTP-Methode gibt es hier nicht.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'Content type not supported',
    de: 'Diesen Content-Type nimmt der Server hier nicht an.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'Idempotency key used for another request',
    de: 'Dieser Idempotency-Key gehört zu einer anderen Anfrage.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    title: 'Range not satisfiable',
    de: 'Der verlangte Bereich liegt außerhalb der Datei.',
  },
  INTERNAL: {
    status: 500,
    title: 'Internal error',
    de: 'Ein Fehler im Server. Er steht im Protokoll unter der Nummer der Anfrage (x-request-id).',
  },
} as const satisfies Record<ProblemCode, ProblemRule>;

/** RFC 9457, as every error of the API looks. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  errors?: Fault[];
}

/** A fault of HTTP itself, not of a domain rule. */
export class EdgeError extends Error {
  override readonly name = 'EdgeError';

  constructor(
    readonly code: EdgeCode,
    readonly detail: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

export function problemOf(
  code: ProblemCode,
  detail: string,
  faults: readonly Fault[],
  german: boolean,
): Problem {
  const rule: ProblemRule = PROBLEMS[code];
  return {
    type: `urn:relaypoint:problem:${code.toLowerCase().replaceAll('_', '-')}`,
    title: rule.title,
    status: rule.status,
    code,
    detail: german ? (inGerman(detail) ?? rule.de) : detail,
    ...(faults.length > 0 && { errors: faults.map((fault) => (german ? germanFault(fault) : fault)) }),
  };
}

function germanFault(fault: Fault): Fault {
  return { ...fault, message: inGerman(fault.message) ?? fault.message };
}
