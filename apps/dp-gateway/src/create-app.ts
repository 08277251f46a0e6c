import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Logger } from 'nestjs-pino';
import { requestId } from '#runtime';
import { AppModule } from './app.module.js';
import { tlsOf, type GatewayEnv } from './env.js';
import { BODY_LIMIT, takeBodies } from './http/bodies.js';
import { answerBadAddress, answerBrokenRequest } from './http/broken-request.js';
import { DpGuard } from './identity/dp.guard.js';

/** Milliseconds between two looks for requests that arrive too slowly. */
const SLOW_LOOK_MS = 1_000;

/** The whole gateway; not listening yet. */
export async function createApp(env: GatewayEnv): Promise<NestFastifyApplication> {
  const https = tlsOf(env);
  const patience = { connectionsCheckingInterval: SLOW_LOOK_MS, headersTimeout: env.REQUEST_TIMEOUT_MS };
  const adapter = new FastifyAdapter({
    forceCloseConnections: true,
    trustProxy: env.TRUST_PROXY,
    bodyLimit: BODY_LIMIT,
    genReqId: requestId,
    requestTimeout: env.REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: answerBadAddress,
    ...(https ? { https: { ...https, ...patience } } : { http: patience }),
  });
  const fastify = adapter.getInstance();
  takeBodies(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(env), adapter, {
    bodyParser: false,
    bufferLogs: true,
  });
  app.useLogger(app.get(Logger));
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
