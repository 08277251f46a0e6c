import { randomBytes } from 'node:crypto';
import { eventually } from './eventually.js';
import { brokerOfTests, type TestBroker } from './rabbitmq-choice.js';

/** A virtual host of a test's own. */
export interface TestVhost {
  name: string;
  url: string;
  /** Management API of the broker, with user and password. */
  managementUrl: string;
  /**
   * Cuts every connection to this vhost from the broker's side. The broker lists connections some seconds late: waits until
   * so many have been cut.
   */
  cutConnections: (atLeast?: number) => Promise<void>;
  /** A call to the broker's management API. */
  manage: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  /** `classic` or `quorum`. */
  queueType: (queue: string) => Promise<string>;
  drop: () => Promise<void>;
}

/**
 * @param broker default: that of the test run
 * @throws Error when the test run has no broker
 */
export async function createVhost(
  { amqpUrl, managementUrl }: TestBroker = brokerOfTests(),
): Promise<TestVhost> {
  const name = `test-${randomBytes(6).toString('hex')}`;
  await manage(managementUrl, 'PUT', `/api/vhosts/${name}`);
  await manage(managementUrl, 'PUT', `/api/permissions/${name}/guest`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  });
  return {
    name,
    url: `${amqpUrl}/${name}`,
    managementUrl,
    cutConnections: async (atLeast = 1) => {
      let cut = 0;
      await eventually(
        async () => {
          const all = await manage<{ name: string; vhost: string }[]>(
            managementUrl,
            'GET',
            '/api/connections',
          );
          const ends = all
            .filter(({ vhost }) => vhost === name)
            .map(({ name: id }) =>
              manage(managementUrl, 'DELETE', `/api/connections/${encodeURIComponent(id)}`),
            );
          // one that has ended meanwhile is refused
          const ended = await Promise.allSettled(ends);
          cut += ended.filter(({ status }) => status === 'fulfilled').length;
          if (cut < atLeast) throw new Error(`cut ${cut} of ${atLeast} connections`);
        },
        { timeoutMs: 20_000 },
      );
    },
    manage: (method, path, body) => manage(managementUrl, method, path, body),
    queueType: async (queue) => {
      const path = `/api/queues/${name}/${encodeURIComponent(queue)}`;
      return (await manage<{ type: string }>(managementUrl, 'GET', path)).type;
    },
    drop: () => manage(managementUrl, 'DELETE', `/api/vhosts/${name}`),
  };
}

async function manage<T>(base: string, method: string, path: string, body?: unknown): Promise<T> {
  const url = new URL(path, base);
  const basic = Buffer.from(`${url.username}:${url.password}`).toString('base64');
  url.username = '';
  url.password = '';
  const response = await fetch(url, {
    method,
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
