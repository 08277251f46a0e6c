import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import multipart from '@fastify/multipart';
import { readFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { QueueServer } from '#messaging';
import { requestId } from '#runtime';
import { AppModule } from './app.module.js';
import { serveConsole } from './console/serve-console.js';
import { serverEnv } from './env.js';
import { takeBodies } from './http/json-body.js';
import { KnownRoutes } from './http/known-routes.js';
import { serveApiDocument } from './http/openapi.js';

/** Largest JSON body in bytes (security.md, Inputs). */
const BODY_LIMIT = 1024 * 1024;

/** The whole server, HTTP and queues in one process; not listening yet. */
export async function createApp(): Promise<NestFastifyApplication> {
  const env = serverEnv();
  const app = await NestFactory.create<NestFastifyApplication>(AppModule, adapter(), {
    bufferLogs: true,
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks([], { useProcessExit: true });
  const fastify = app.getHttpAdapter().getInstance();
  app.get(KnownRoutes).watch(fastify);
  takeBodies(fastify);
  await app.register(cookie);
  await app.register(helmet, {
    contentSecurityPolicy: { directives: CSP },
    strictTransportSecurity: env.TLS_CERT ? undefined : false,
  });
  await app.register(multipart, {
    limits: { fileSize: env.IMPORT_MAX_BYTES, files: 5, fields: 20, fieldSize: BODY_LIMIT, parts: 25 },
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  app.connectMicroservice({
    strategy: new QueueServer({ url: env.AMQP_URL, name: 'server', eventQueueType: env.EVENT_QUEUE_TYPE }),
  });
  serveApiDocument(app);
  serveConsole(app);
  return app;
}

/** The server as far as its API can be described: nothing is connected, and nothing can be called. */
export function createPreview(): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(AppModule, adapter(), { preview: true, logger: false });
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

function adapter(): FastifyAdapter {
  const { TLS_CERT, TLS_KEY, TRUST_PROXY } = serverEnv();
  const https = TLS_CERT && TLS_KEY ? { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) } : null;
  return new FastifyAdapter({
    // An event stream never ends by itself; without this it would hold up the stop
    forceCloseConnections: true,
    trustProxy: TRUST_PROXY,
    bodyLimit: BODY_LIMIT,
    genReqId: requestId,
    multipart: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
    ...(https && { https }),
  });
}
