import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RabbitmqNode } from '../../../tools/peers/rabbitmq-node.js';
import { startTestServer, type TestServer } from './test-server.js';

const PLACES = {
  RELAYPOINT_TEST_AMQP_URL: 'amqpUrl',
  RELAYPOINT_TEST_AMQP_MANAGEMENT_URL: 'managementUrl',
} as const;

/** A server with a RabbitMQ of its own, for what everyone on a node would feel. */
export interface ServerWithBroker {
  server: TestServer;
  node: RabbitmqNode;
  stop: () => Promise<void>;
}

/** @param environment as for {@link startTestServer} */
export async function startServerWithBroker(
  environment: Record<string, string> = {},
): Promise<ServerWithBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'relaypoint-broker-'));
  const node = await RabbitmqNode.start({ folder, user: 'guest', password: 'guest' });
  const before = { ...process.env };
  for (const [name, place] of Object.entries(PLACES)) process.env[name] = node[place];
  try {
    const server = await startTestServer(environment);
    return {
      server,
      node,
      stop: async () => {
        await server.stop();
        await node.wipe();
      },
    };
  } finally {
    for (const name of Object.keys(PLACES)) {
      const value = before[name];
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
