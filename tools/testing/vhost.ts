import { randomBytes } from 'node:crypto';

/** A virtual host of a test's own on the test run's broker. */
export interface TestVhost {
  name: string;
  url: string;
  /** Management API of the broker, with user and password. */
  managementUrl: string;
  /** Cuts every connection to this vhost from the broker's side. */
  cutConnections: () => Promise<number>;
  drop: () => Promise<void>;
}

/** @throws Error when the test run has no broker */
export async function createVhost(): Promise<TestVhost> {
  const amqpUrl = variable('RELAYPOINT_TEST_AMQP_URL').replace(/\/$/, '');
  const managementUrl = variable('RELAYPOINT_TEST_AMQP_MANAGEMENT_URL');
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
    cutConnections: async () => {
      const all = await manage<{ name: string; vhost: string }[]>(managementUrl, 'GET', '/api/connections');
      const mine = all.filter((connection) => connection.vhost === name);
      for (const { name: id } of mine) {
        await manage(managementUrl, 'DELETE', `/api/connections/${encodeURIComponent(id)}`).catch(
          () => undefined,
        );
      }
      return mine.length;
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

function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests by "npm test"`);
  return value;
}
