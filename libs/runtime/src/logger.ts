import { randomUUID } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import type { Params } from 'nestjs-pino';

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

/** nestjs-pino's parameters: JSON lines, secrets redacted, health checks and scrapes left out. */
export function loggerParams(program: string, level: string): Params {
  return {
    // nestjs-pino's own default pattern never matches on Fastify
    forRoutes: [{ path: '*splat', method: RequestMethod.ALL }],
    pinoHttp: {
      name: program,
      level,
      redact: [...REDACTED],
      autoLogging: { ignore: (request) => /^\/(health|metrics)/.test(request.url ?? '') },
      customLogLevel: (_request, response, error) => {
        if (error || response.statusCode >= 500) return 'error';
        return response.statusCode >= 400 ? 'info' : 'debug';
      },
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

/** The caller's request id when it is a plain one, else a new one: for Fastify's `genReqId`. */
export function requestId(request: { headers: Record<string, string | string[] | undefined> }): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID();
}
