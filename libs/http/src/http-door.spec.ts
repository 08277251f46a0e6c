import Fastify from 'fastify';
import { expectServerErrors } from '../../../tools/testing/server-errors.js';
import { doorOptions, NODE_SERVER_OPTIONS, watchDoor } from './http-door.js';

describe('the door of a server', () => {
  it('says that the server stops, to who comes while what it has begun is brought to its end', async () => {
    const fastify = Fastify({ ...doorOptions(), http: NODE_SERVER_OPTIONS });
    watchDoor(fastify, false);
    const stopping = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    fastify.addHook('preClose', async () => {
      stopping.resolve();
      await ended.promise;
    });
    fastify.get('/', () => 'here');
    const url = await fastify.listen({ port: 0, host: '127.0.0.1' });
    expect(await (await fetch(url)).text()).toBe('here');
    const closed = fastify.close();
    await stopping.promise;
    expectServerErrors(503);
    const answer = await fetch(url);
    ended.resolve();
    await closed;
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('retry-after')]).toEqual([
      503,
      'application/problem+json; charset=utf-8',
      '5',
    ]);
    expect(await answer.json()).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  });
});
