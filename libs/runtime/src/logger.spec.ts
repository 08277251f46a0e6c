import { PassThrough } from 'node:stream';
import fastify from 'fastify';
import { pinoHttp, type Options } from 'pino-http';
import { loggerParams, logResponses } from './logger.js';

describe('the log of answers', () => {
  const linesOf = async (level: string): Promise<unknown[]> => {
    const out = new PassThrough();
    const { logger } = pinoHttp(loggerParams('test', level, false).pinoHttp as Options, out);
    const app = fastify({ genReqId: () => 'the-request' });
    logResponses(app, logger);
    app.get('/health/ready', (_request, reply) => reply.status(503).send());
    app.get('/status/:code', (request, reply) =>
      reply.status(Number((request.params as { code: string }).code)).send(),
    );
    for (const url of ['/health/ready', '/status/200?token=secret', '/status/404', '/status/503'])
      await app.inject({ url, headers: { authorization: 'Bearer secret' } });
    await app.close();
    const text = String(out.read() ?? '');
    expect(text).not.toContain('secret');
    return text
      .split('\n')
      .filter(Boolean)
      .map((line): unknown => JSON.parse(line));
  };
  const line = (level: string, status: number, msg: string): object =>
    expect.objectContaining({
      level,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      name: 'test',
      msg,
      req: { id: 'the-request', method: 'GET', url: `/status/${status}` },
      res: { status },
      responseTime: expect.any(Number),
    });

  it('has one line for each, by its status, without secrets and without probes', async () => {
    expect(await linesOf('debug')).toEqual([
      line('debug', 200, 'request completed'),
      line('info', 404, 'request completed'),
      line('error', 503, 'request errored'),
    ]);
  });

  it('leaves out what the level leaves out', async () => {
    expect(await linesOf('warn')).toEqual([line('error', 503, 'request errored')]);
  });
});
