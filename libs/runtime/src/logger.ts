import { randomUUID } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { Params } from 'nestjs-pino';
import { type Logger, stdTimeFunctions } from 'pino';

/** What never stands in a log, wherever it appears in what is logged. One list for all programs. */
export const REDACTED = [
  'req.headers.authorization',
  'req.headers.cookie',
  'res.headers["set-cookie"]',
  '*.password',
  '*.passphrase',
  '*.privateKey',
  '*.token',
  '*.joinToken',
  '*.secret',
  '*.sealed',
] as const;

/**
 * nestjs-pino's parameters: JSON lines with the level as a word and the time as ISO 8601, secrets redacted, health checks and
 * scrapes left out.
 *
 * @param perRequest a logger for each request, which adds the request to every line and costs 0.1 ms; without it
 *   {@link logResponses} says what was answered, and lines name themselves what they belong to
 */
export function loggerParams(program: string, level: string, perRequest = true): Params {
  return {
    // nestjs-pino's own default pattern never matches on Fastify
    forRoutes: perRequest ? [{ path: '*splat', method: RequestMethod.ALL }] : [],
    pinoHttp: {
      name: program,
      level,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: stdTimeFunctions.isoTime,
      redact: [...REDACTED],
      autoLogging: { ignore: (request) => isProbe(request.url) },
      customLogLevel: (_request, response, error) => (error ? 'error' : levelOf(response.statusCode)),
      serializers: {
        req: (request: { id: unknown; method: string; url: string }) => ({
          id: request.id,
          method: request.method,
          url: request.url.split('?')[0],
        }),
        res: (response: { statusCode: number }) => ({ status: response.statusCode }),
      },
    },
  };
}

/** One line for each answer, at the same levels and of the same shape as nestjs-pino's own. */
export function logResponses(
  fastify: FastifyInstance,
  log: Pick<Logger, 'debug' | 'info' | 'error' | 'isLevelEnabled'>,
): void {
  fastify.addHook('onResponse', (req, reply, done) => {
    const level = levelOf(reply.statusCode);
    if (log.isLevelEnabled(level) && !isProbe(req.url)) {
      const line = { req, res: reply.raw, responseTime: Math.round(reply.elapsedTime) };
      log[level](line, level === 'error' ? 'request errored' : 'request completed');
    }
    done();
  });
}

function levelOf(status: number): 'debug' | 'info' | 'error' {
  if (status >= 500) return 'error';
  return status >= 400 ? 'info' : 'debug';
}

function isProbe(url = ''): boolean {
  return /^\/(health|metrics)/.test(url);
}

/** The caller's request id when it is a plain one, else a new one: for Fastify's `genReqId`. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
