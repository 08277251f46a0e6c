import './config/heap.js';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { doorOptions, NODE_SERVER_OPTIONS, watchDoor } from '#http';
import { QueueServer } from '#messaging';
import { announceReady, requestId, startTracing } from '#runtime';
import { importerEnv } from './config/importer-env.js';
import { ImporterModule } from './importer.module.js';

const env = importerEnv();
await startTracing('relaypoint-importer');
const adapter = new FastifyAdapter({
  forceCloseConnections: true,
  genReqId: requestId,
  ...doorOptions(),
  http: NODE_SERVER_OPTIONS,
});
watchDoor(adapter.getInstance(), false);
const app = await NestFactory.create<NestFastifyApplication>(ImporterModule, adapter, { bufferLogs: true });
app.useLogger(app.get(Logger));
app.connectMicroservice({
  strategy: new QueueServer({ url: env.AMQP_URL, name: 'importer', eventQueueType: env.EVENT_QUEUE_TYPE }),
});
app.enableShutdownHooks([], { useProcessExit: true });
await app.startAllMicroservices();
await app.listen(env.PORT, env.HOST);
announceReady();
app.get(Logger).log(`importer listens on ${await app.getUrl()}`);
