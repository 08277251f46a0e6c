import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { expectServerErrors, noteAnswer, unexpectedAnswers } from './server-errors.ts';

describe('an answer that says that a program failed', () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.statusCode = Number(request.url?.slice(1));
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  });
  afterAll(() => server.close());

  it('is seen wherever fetch is used, and forgotten once it was told', async () => {
    await fetch(`${url}/200`);
    await fetch(`${url}/404`);
    await fetch(`${url}/500`, { method: 'POST' });
    expect(unexpectedAnswers()).toEqual([`500 POST ${url}/500`]);
    expect(unexpectedAnswers()).toEqual([]);
  });

  it('may be expected, by its status', async () => {
    expectServerErrors(503);
    await fetch(`${url}/503`);
    await fetch(`${url}/500`);
    expect(unexpectedAnswers()).toEqual([`500 GET ${url}/500`]);
  });

  it('is expected by one test only', () => {
    noteAnswer(503, 'of a program');
    expect(unexpectedAnswers()).toEqual(['503 of a program']);
  });

  it('is none when a program only says that it is not ready', () => {
    noteAnswer(503, 'GET http://127.0.0.1/health/ready');
    noteAnswer(500, 'GET http://127.0.0.1/health/ready');
    expect(unexpectedAnswers()).toEqual(['500 GET http://127.0.0.1/health/ready']);
  });
});
