import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createDatabase } from '../../../tools/testing/database.js';
import { noteAnswer } from '../../../tools/testing/server-errors.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';
import { createApp } from '../src/create-app.js';
import { serverEnv } from '../src/platform/config/server-env.js';

export const OWNER_TOKEN = `rlp_${'owner-token-of-the-tests-'.repeat(3)}`;
export const ADMIN_PASSWORD = 'correct horse battery';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | number | undefined>;
  /** The parsed body; the text when it is not JSON. */
  body: any; // eslint-disable-line typescript/no-explicit-any
  text: string;
}

interface RequestInput {
  body?: unknown;
  /** Instead of `body`: sent as it is. */
  payload?: string | Buffer;
  headers?: Record<string, string>;
  /** Bearer token; null: none. */
  token?: string | null;
}

export interface TestServer {
  app: NestFastifyApplication;
  vhost: TestVhost;
  /** What the server was started with, for programs that are to work beside it. */
  environment: Readonly<Record<string, string>>;
  /** Another server beside this one, on the same database and broker. It has to be closed before this one is stopped. */
  another: (environment?: Record<string, string>) => Promise<NestFastifyApplication>;
  call: (method: string, path: string, wish?: RequestInput) => Promise<Answer>;
  get: (path: string, wish?: RequestInput) => Promise<Answer>;
  post: (path: string, body?: unknown, wish?: RequestInput) => Promise<Answer>;
  patch: (path: string, body?: unknown, wish?: RequestInput) => Promise<Answer>;
  del: (path: string, wish?: RequestInput) => Promise<Answer>;
  stop: () => Promise<void>;
}

/** The whole server in this process, with a vhost, a database and a state folder of its own. */
export async function startTestServer(environment: Record<string, string> = {}): Promise<TestServer> {
  const vhost = await createVhost();
  const database = createDatabase();
  const state = await mkdtemp(join(tmpdir(), 'relaypoint-server-'));
  const shared: Record<string, string> = {
    MONGODB_URI: database.uri,
    MONGODB_STAND_IN: database.standIn ? '1' : '0',
    AMQP_URL: vhost.url,
    AMQP_MANAGEMENT_URL: vhost.managementUrl,
    RELAYPOINT_STATE: state,
    API_TOKEN: OWNER_TOKEN,
    ADMIN_PASSWORD,
    PUBLIC_URL: 'http://server.test',
    GATEWAY_URL: 'https://gateway.test',
    LOG_LEVEL: 'error',
    SWEEP_INTERVAL_MS: '200',
    ...environment,
  };
  const start = async (own: Record<string, string> = {}): Promise<NestFastifyApplication> => {
    const made = await createApp(serverEnv({ ...shared, ...own }));
    await made.init();
    await made.getHttpAdapter().getInstance().ready();
    await made.startAllMicroservices();
    return made;
  };
  const app = await start();

  const call = async (method: string, path: string, wish: RequestInput = {}): Promise<Answer> => {
    const { token = OWNER_TOKEN } = wish;
    const payload = wish.payload ?? (wish.body === undefined ? undefined : JSON.stringify(wish.body));
    const response = await app.inject({
      method: method as 'GET',
      url: path,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(wish.body !== undefined && { 'content-type': 'application/json' }),
        ...wish.headers,
      },
      ...(payload !== undefined && { payload }),
    });
    noteAnswer(response.statusCode, `${method} ${path}`);
    const isJson = /[/+]json/.test(response.headers['content-type']?.toString() ?? '');
    return {
      status: response.statusCode,
      headers: response.headers,
      body: isJson && response.payload !== '' ? JSON.parse(response.payload) : response.payload,
      text: response.payload,
    };
  };
  return {
    app,
    vhost,
    environment: shared,
    another: start,
    call,
    get: (path, wish) => call('GET', path, wish),
    post: (path, body, wish) => call('POST', path, { ...wish, ...(body !== undefined && { body }) }),
    patch: (path, body, wish) => call('PATCH', path, { ...wish, ...(body !== undefined && { body }) }),
    del: (path, wish) => call('DELETE', path, wish),
    stop: async () => {
      await app.close();
      await vhost.drop();
      await database.drop();
      await rm(state, { recursive: true });
    },
  };
}
