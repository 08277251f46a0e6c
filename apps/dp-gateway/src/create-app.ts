import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Logger, PinoLogger } from 'nestjs-pino';
import { doorOptions, NODE_SERVER_OPTIONS, watchDoor } from '#http';
import { logResponses, requestId, traceRequests, watchClock } from '#runtime';
import { AppModule } from './app.module.js';
import { tlsOf, type GatewayEnv } from './env.js';
import { BODY_LIMIT, configureBodyParsing } from './http/body-parsing.js';
import { DpGuard } from './identity/dp.guard.js';

/** Polls are held open for minutes and mostly bring nothing: what they bring is told by spans of its own. */
const TRACED: ReadonlyMap<string, 'always' | 'continued'> = new Map([
  ['/dp/v1/reports', 'continued'],
  ['/client/v1/register', 'always'],
]);

/** Milliseconds between two looks for requests that arrive too slowly. */
const SLOW_LOOK_MS = 1_000;

/** The whole gateway; not listening yet. */
export async function createApp(env: GatewayEnv): Promise<NestFastifyApplication> {
  const https = tlsOf(env);
  const patience = {
    ...NODE_SERVER_OPTIONS,
    connectionsCheckingInterval: SLOW_LOOK_MS,
    headersTimeout: env.REQUEST_TIMEOUT_MS,
  };
  const adapter = new FastifyAdapter({
    forceCloseConnections: true,
    trustProxy: env.TRUST_PROXY,
    bodyLimit: BODY_LIMIT,
    genReqId: requestId,
    requestTimeout: env.REQUEST_TIMEOUT_MS,
    ...doorOptions(),
    ...(https ? { https: { ...https, ...patience } } : { http: patience }),
  });
  const fastify = adapter.getInstance();
  watchDoor(fastify, https !== null);
  configureBodyParsing(fastify);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(env), adapter, {
    bodyParser: false,
    bufferLogs: true,
  });
  app.useLogger(app.get(Logger));
  watchClock(app.get(Logger));
  logResponses(fastify, PinoLogger.root);
  traceRequests(fastify, (_method, route) => TRACED.get(route) ?? 'never');
  const door = app.get(DpGuard);
  // A body is read only of those who may send one
  fastify.addHook('onRequest', async (request) => {
    if (isForDps(request.routeOptions.url)) await door.admit(request);
  });
  app.enableShutdownHooks([], { useProcessExit: true });
  const description = new DocumentBuilder()
    .setTitle('Relaypoint DP gateway')
    .setDescription(
      'The DP protocol, version 1, and the client API. docs/dp-protocol.md says what the fields mean.',
    )
    .setVersion('1')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, description);
  fastify.get('/dp/v1/openapi.json', () => document);
  return app;
}

/** Routes behind {@link DpGuard}: all of the DP protocol but the first contact. */
function isForDps(route: string | undefined): boolean {
  return /^\/dp\/v1\/(?:poll|reports|keys|releases\/)/.test(route ?? '');
}
