// A bare Fastify route with a poll's body and answer, as a process of its own. Its address is the first line it prints.
import fastify from 'fastify';

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

const app = fastify();
app.post('/dp/v1/poll', { schema: SCHEMA }, () => ({
  status: 'enabled',
  orders: [],
  cancel: [],
  lost: [],
  pollAfter: 60,
  serverTime: new Date().toISOString(),
}));
console.log(await app.listen({ host: '127.0.0.1', port: 0 }));
