import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import { readFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { doorOptions, NODE_SERVER_OPTIONS, watchDoor } from '#http';
import { QueueServer } from '#messaging';
import { requestId, traceRequests, watchClock } from '#runtime';
import { AppModule } from './app.module.js';
import { serveConsole } from './api/console/serve-console.js';
import type { ServerEnv } from './platform/config/server-env.js';
import { configureBodyParsing } from './platform/http/body-parsing.js';
import { KnownRoutes } from './platform/http/known-routes.js';
import { serveApiDocument } from './platform/http/openapi.js';

/** Largest JSON body in bytes (security.md, Inputs). */
const BODY_LIMIT = 1024 * 1024;

/** What changes something, and registrations. Lists are asked for all the time, and event streams are held open. */
function isTraced(method: string, route: string): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false;
  return route.startsWith('/api/v1/') || route === '/client/v1/register';
}

/** The server, with the parts that its environment gives it; not listening yet. */
export async function createApp(env: ServerEnv): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(env), adapter(env), {
    bufferLogs: true,
    bodyParser: false,
    // what keeps it from starting is said by main, in one line
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  watchClock(app.get(Logger));
  app.enableShutdownHooks([], { useProcessExit: true });
  const fastify = app.getHttpAdapter().getInstance();
  app.get(KnownRoutes).watch(fastify);
  watchDoor(fastify, env.PUBLIC_URL.startsWith('https:'));
  traceRequests(fastify, (method, route) => (isTraced(method, route) ? 'always' : 'never'));
  configureBodyParsing(fastify);
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: { directives: CSP },
    strictTransportSecurity: false, // watchDoor
  });
  await app.register(multipart, {
    limits: { fileSize: env.IMPORT_MAX_BYTES, files: 5, fields: 20, fieldSize: BODY_LIMIT, parts: 25 },
  });
  if (env.ENGINE) {
    app.connectMicroservice({
      strategy: new QueueServer({ url: env.AMQP_URL, name: 'server', eventQueueType: env.EVENT_QUEUE_TYPE }),
    });
  }
  if (env.API) {
    serveApiDocument(app, env);
    serveConsole(app);
  }
  return app;
}

/** The server as far as its API can be described: nothing is connected, and nothing can be called. */
export function createPreview(env: ServerEnv): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(AppModule.with(env), adapter(env), {
    preview: true,
    logger: false,
  });
}

/** Scripts only from here; the API's own documentation page brings its styles along inline. */
const CSP = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  objectSrc: ["'none'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  upgradeInsecureRequests: null,
};

function adapter({ TLS_CERT, TLS_KEY, TRUST_PROXY }: ServerEnv): FastifyAdapter {
  const https = TLS_CERT && TLS_KEY ? { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) } : null;
  return new FastifyAdapter({
    // An event stream never ends by itself; without this it would hold up the stop
    forceCloseConnections: true,
    trustProxy: TRUST_PROXY,
    bodyLimit: BODY_LIMIT,
    genReqId: requestId,
    multipart: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
    ...doorOptions(),
    ...(https ? { https: { ...https, ...NODE_SERVER_OPTIONS } } : { http: NODE_SERVER_OPTIONS }),
  });
}
