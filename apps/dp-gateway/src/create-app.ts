import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Logger } from 'nestjs-pino';
import { requestId } from '#runtime';
import { AppModule } from './app.module.js';
import { tlsOf, type GatewayEnv } from './env.js';

/** A hundred reports with 16 KiB of log each, escaped. */
const REPORTS_LIMIT = 4 * 1024 * 1024;
const BODY_LIMIT = 256 * 1024;

/** The whole gateway; not listening yet. */
export async function createApp(env: GatewayEnv): Promise<NestFastifyApplication> {
  const https = tlsOf(env);
  const adapter = new FastifyAdapter({
    forceCloseConnections: true,
    trustProxy: env.TRUST_PROXY === undefined ? false : env.TRUST_PROXY.split(',').map((part) => part.trim()),
    bodyLimit: BODY_LIMIT,
    genReqId: requestId,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, allErrors: true } },
    ...(https ? { https } : {}),
  });
  const fastify = adapter.getInstance();
  fastify.addHook('onRoute', (route) => {
    if (route.url === '/dp/v1/reports') route.bodyLimit = REPORTS_LIMIT;
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(env), adapter, {
    bufferLogs: true,
  });
  app.useLogger(app.get(Logger));
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
