import type { FastifyInstance, FastifyRequest } from 'fastify';
import { traceParentIn } from './trace-context.js';
import { isTracing, openSpan, type OpenSpan } from './tracing.js';

/**
 * Which requests get a span: `always`, `continued` (only those that come with a trace), or `never`, which is right for health,
 * measures, and whatever is held open.
 */
export type TracedRequests = (method: string, route: string) => 'always' | 'continued' | 'never';

/**
 * What anybody is answered, before it is known who asks. Spans of such requests are not told: who may not do anything could
 * else crowd out those of others, in traces that they choose.
 */
const OF_ANYBODY: ReadonlySet<number> = new Set([400, 401, 413, 415, 429]);

/** A span for each request that is worth one, as a part of the caller's trace if it names one. Call it before the routes are made. */
export function traceRequests(fastify: FastifyInstance, which: TracedRequests): void {
  if (!isTracing()) return;
  const open = new WeakMap<FastifyRequest, OpenSpan>();
  fastify.addHook('onRequest', (request, _reply, done) => {
    const span = spanOf(request, which);
    if (span) open.set(request, span);
    done();
  });
  // only now: reading the body is done by events of the connection, which are not of this context
  fastify.addHook('preHandler', (request, _reply, done) => {
    const span = open.get(request);
    if (span) span.run(done);
    else done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const span = OF_ANYBODY.has(reply.statusCode) ? undefined : open.get(request);
    span?.set({ 'http.response.status_code': reply.statusCode });
    span?.end(reply.statusCode >= 500 ? String(reply.statusCode) : undefined);
    done();
  });
}

function spanOf(request: FastifyRequest, which: TracedRequests): OpenSpan | undefined {
  const { method, headers } = request;
  const route = request.routeOptions.url;
  if (route === undefined) return undefined;
  const wanted = which(method, route);
  const from = traceParentIn(headers);
  if (wanted === 'never' || (wanted === 'continued' && from === undefined)) return undefined;
  return openSpan(`${method} ${route}`, () => ({
    kind: 'server',
    from,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'relaypoint.request': request.id,
    },
  }));
}
