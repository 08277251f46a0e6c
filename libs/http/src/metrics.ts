import { createHash, timingSafeEqual } from 'node:crypto';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { bearerToken } from './bearer-token.js';

/** The {@link Registry} of a program. */
export const METRICS = Symbol('METRICS');

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Gauges whose names say that they are counters; those without `_total` say the same by kind. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** The metrics of one program; with Node's own from the start. */
export function newMetrics(program: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ program });
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  return registry;
}

/** Milliseconds that a scrape waits for a look: one that takes longer must not make the whole program seem dead. */
const SCRAPE_WAIT_MS = 800;

/** What a look finds, if a scrape has the time to wait for it; else undefined, and the look goes on. */
export async function inTime<T>(look: Promise<T>, milliseconds = SCRAPE_WAIT_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([look, late]);
  } finally {
    clearTimeout(timer);
  }
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
/** What a proxy adds: the caller is then not the one whose address is seen. */
const PASSED_ON = ['forwarded', 'x-forwarded-for', 'x-real-ip'];

/** Whether a caller may read /metrics: with the token where one is set, else from this machine only, and by no proxy. */
export function mayReadMetrics(
  token: string | undefined,
  headers: Readonly<Record<string, unknown>>,
  address: string,
): boolean {
  if (token === undefined)
    return LOOPBACK.test(address) && PASSED_ON.every((name) => headers[name] === undefined);
  const { authorization } = headers;
  const shown = typeof authorization === 'string' ? bearerToken(authorization) : undefined;
  return shown !== undefined && timingSafeEqual(digestOf(shown), digestOf(token));
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
