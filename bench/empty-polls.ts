import autocannon from 'autocannon';
import fastify from 'fastify';
import type { ForeignDp } from '../e2e/support/foreign-dp.ts';

const CONNECTIONS = 50;
const SECONDS = 8;
const BODY = JSON.stringify({ poll: 'bench', max: 10, wait: 0, running: [] });

/** What a poll looks like, as plain Fastify checks it. */
const SCHEMA = {
  body: {
    type: 'object',
    required: ['poll', 'max', 'wait', 'running'],
    additionalProperties: false,
    properties: {
      poll: { type: 'string', maxLength: 40 },
      max: { type: 'integer', minimum: 1, maximum: 100 },
      wait: { type: 'integer', minimum: 0, maximum: 60 },
      running: { type: 'array', items: { type: 'object' } },
    },
  },
};

/** Empty polls per second at the gateway, and what a bare Fastify route with the same body and answer reaches. */
export async function emptyPolls(
  gateway: string,
  dps: readonly ForeignDp[],
): Promise<{ polls: number; bare: number }> {
  const app = fastify();
  app.post('/dp/v1/poll', { schema: SCHEMA }, () => ({
    status: 'enabled',
    orders: [],
    cancel: [],
    lost: [],
    pollAfter: 60,
    serverTime: new Date().toISOString(),
  }));
  const bareUrl = await app.listen({ host: '127.0.0.1', port: 0 });
  try {
    const bare = await rate(bareUrl, dps);
    const polls = await rate(gateway, dps);
    return { polls, bare };
  } finally {
    await app.close();
  }
}

async function rate(url: string, dps: readonly ForeignDp[]): Promise<number> {
  const requests = dps.map((dp) => ({
    method: 'POST' as const,
    path: '/dp/v1/poll',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${dp.bearer()}` },
    body: BODY,
  }));
  let clients = 0;
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    // Each connection begins with a DP of its own: polls of one DP at the same time would end each other
    setupClient: (client) => {
      const first = (clients++ * Math.ceil(requests.length / CONNECTIONS)) % requests.length;
      client.setRequests([...requests.slice(first), ...requests.slice(0, first)]);
    },
  });
  if (result.non2xx > 0) throw new Error(`${url}: ${result.non2xx} answers were no success`);
  return result.requests.average;
}
