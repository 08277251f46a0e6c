import './heap.js';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { QueueServer } from '#messaging';
import { importerEnv } from './env.js';
import { ImporterModule } from './importer.module.js';

const env = importerEnv();
const app = await NestFactory.create<NestFastifyApplication>(
  ImporterModule,
  new FastifyAdapter({ forceCloseConnections: true }),
  { bufferLogs: true },
);
app.useLogger(app.get(Logger));
app.connectMicroservice({
  strategy: new QueueServer({ url: env.AMQP_URL, name: 'importer', eventQueueType: env.EVENT_QUEUE_TYPE }),
});
app.enableShutdownHooks([], { useProcessExit: true });
await app.startAllMicroservices();
await app.listen(env.PORT, env.HOST);
app.get(Logger).log(`importer listens on ${await app.getUrl()}`);
