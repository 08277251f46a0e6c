import { collectDefaultMetrics, Registry } from 'prom-client';
import { bearerToken } from './bearer-token.js';

/** The {@link Registry} of a program. */
export const METRICS = Symbol('METRICS');

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** The metrics of one program; with Node's own from the start. */
export function newMetrics(program: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ program });
  collectDefaultMetrics({ register: registry });
  return registry;
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** Whether a caller may read /metrics: with the token where one is set, else from this machine only. */
export function mayReadMetrics(
  token: string | undefined,
  authorization: string | undefined,
  address: string,
): boolean {
  return token === undefined ? LOOPBACK.test(address) : bearerToken(authorization) === token;
}
