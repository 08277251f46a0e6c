import createClient from 'openapi-fetch';
import type { components, paths } from './api-schema.js';
import { language } from './texts.js';

/** What the served OpenAPI document calls its objects. */
export type Schema = components['schemas'];
export type Problem = Schema['ProblemDto'];

/** A page of any list. */
export interface Page<Item> {
  items: Item[];
  next: string | null;
  total: number;
}

/** What the server answered instead of what was asked for (RFC 9457). */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

/** Whether the server has said no; anything else may be over at the next attempt, and takes away nothing that is shown. */
export function isRefused(error: unknown): boolean {
  return error instanceof ApiError && error.problem.status < 500;
}

/** Told whenever the server does not know the session any more. */
export const sessionEnd = new EventTarget();

/** Every call says its language, and that no other site sent it. */
export function callHeaders(): Record<string, string> {
  return { 'Accept-Language': language(), 'X-Requested-With': 'relaypoint-console' };
}

export const api = createClient<paths>({ baseUrl: location.origin });
api.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(callHeaders())) request.headers.set(name, value);
    if (request.method === 'POST') request.headers.set('Idempotency-Key', newKey());
  },
  onResponse({ response, schemaPath }) {
    if (response.status === 401 && schemaPath !== '/api/v1/session')
      sessionEnd.dispatchEvent(new Event('end'));
  },
});

/** The data of an answer. @throws ApiError for every other answer, also for none */
export async function take<Data>(
  call: Promise<{ data?: Data; error?: unknown; response: Response }>,
): Promise<Data> {
  const { data, error, response } = await call;
  if (response.ok) return data as Data;
  throw new ApiError(asProblem(error, response.status));
}

/** Makes a problem of whatever came back. */
export function asProblem(error: unknown, status: number): Problem {
  if (typeof error === 'object' && error !== null && 'detail' in error) return error as Problem;
  return { type: 'about:blank', title: '', status, code: 'UNAVAILABLE', detail: `HTTP ${status}` };
}

/** `randomUUID` needs a secure context, which plain HTTP on a site's network is not. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
