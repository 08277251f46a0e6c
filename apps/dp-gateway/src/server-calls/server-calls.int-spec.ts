import { connect, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { Registry } from 'prom-client';
import { RPC } from '#contract';
import { BrokerConnection, QUEUES, RpcClient } from '#messaging';
import { eventually } from '../../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../../tools/testing/vhost.js';
import { gatewayEnv } from '../env.js';
import { GatewayMetrics } from '../http/gateway-metrics.js';
import { TryLater } from '../http/try-later.js';
import { ServerCalls } from './server-calls.js';

const quiet = { log: () => undefined, warn: () => undefined, error: () => undefined };
/** What the gateway asks at once. */
const AT_ONCE = 100;
const CALL_TIMEOUT_MS = 1_500;

describe('calls to a server that answers nothing', () => {
  let vhost: TestVhost;
  let server: ChannelModel;
  let connection: BrokerConnection;
  let rpc: RpcClient;
  let calls: ServerCalls;
  const heard: ConsumeMessage[] = [];

  beforeAll(async () => {
    vhost = await createVhost();
    server = await connect(vhost.url, { noDelay: true });
    const channel = await server.createChannel();
    await channel.assertQueue(QUEUES.rpc, { durable: true });
    await channel.consume(QUEUES.rpc, (message) => message && heard.push(message), { noAck: true });
    connection = new BrokerConnection(vhost.url, 'gateway', quiet);
    rpc = new RpcClient(connection);
    calls = new ServerCalls(
      rpc,
      new GatewayMetrics(new Registry()),
      gatewayEnv({ AMQP_URL: vhost.url, CALL_TIMEOUT_MS: String(CALL_TIMEOUT_MS) }),
    );
    await eventually(() => connection.check());
  }, 30_000);
  afterAll(async () => {
    rpc.close();
    await connection.close();
    await server.close();
    await vhost.drop();
  }, 30_000);

  it('are so many at once and carry how long they are waited for; those that nobody wants any more are never made', async () => {
    const call = (isWanted?: () => boolean): Promise<unknown> =>
      calls.call(RPC.identity, { dp: 'site' }, isWanted).catch((error: unknown) => error);
    // The channel is open once the first call is heard
    await eventually(async () => {
      const first = call();
      await eventually(() => expect(heard.length).toBeGreaterThan(0), { timeoutMs: 500 });
      await first;
    });
    heard.length = 0;
    const first = Array.from({ length: AT_ONCE }, () => call());
    const unwanted = Array.from({ length: 20 }, () => call(() => false));
    const wanted = Array.from({ length: 5 }, () => call());
    await eventually(() => expect(heard).toHaveLength(AT_ONCE));
    expect(heard.map(({ properties }) => Number(properties.expiration))).toEqual(
      Array.from({ length: AT_ONCE }, () => CALL_TIMEOUT_MS),
    );
    await Promise.all(first);
    for (const error of await Promise.all(unwanted)) expect(error).toBeInstanceOf(TryLater);
    await eventually(() => expect(heard).toHaveLength(AT_ONCE + wanted.length));
    await Promise.all(wanted);
    expect(heard).toHaveLength(AT_ONCE + wanted.length);
  }, 60_000);
});
