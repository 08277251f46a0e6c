import { fastify } from 'fastify';
import { traceRequests } from './trace-requests.js';
import { useSpanSink, type OpenSpan } from './tracing.js';

/** Names of the spans that would be sent to a collector. */
const told: string[] = [];

beforeAll(() =>
  useSpanSink({
    open: (name): OpenSpan => ({
      trace: { traceId: '1'.repeat(32), spanId: '2'.repeat(16), sampled: true } as never,
      set: () => undefined,
      run: (work) => work(),
      end: () => void told.push(name),
    }),
    active: () => undefined,
    untraced: (work) => work(),
    close: () => Promise.resolve(),
  }),
);
afterAll(() => useSpanSink(undefined));

describe('a request', () => {
  const app = fastify();
  beforeAll(() => {
    traceRequests(app, () => 'always');
    app.post<{ Querystring: { status: string } }>('/things', (request, reply) =>
      reply.status(Number(request.query.status)).send({}),
    );
  });
  afterAll(() => app.close());

  it.each([
    [201, true],
    [403, true],
    [409, true],
    [503, true],
    [400, false],
    [401, false],
    [413, false],
    [429, false],
  ])('that is answered with %i is told of: %p', async (status, isTold) => {
    told.length = 0;
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    await app.inject({ method: 'POST', url: `/things?status=${status}`, payload: {}, headers });
    expect(told).toEqual(isTold ? ['POST /things'] : []);
  });
});
