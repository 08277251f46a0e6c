/** How the broker's management API is reached. */
export interface ManagementAccess {
  /** Base URL with user and password. */
  url: string;
  vhost: string;
}

const MANAGEMENT_MS = 2_000;

/**
 * Asks the broker's management API about the virtual host.
 *
 * @param path below `/api/queues/<vhost>`, with its beginning: `/name`, `?columns=…`, or nothing
 * @returns null: it is away, or does not let us
 */
export function askForQueues({ url, vhost }: ManagementAccess, path: string): Promise<unknown> {
  return ask(new URL(`/api/queues/${encodeURIComponent(vhost)}${path}`, url));
}

/** The broker's version; null: the management API is away, or does not let us. */
export async function askForVersion({ url }: ManagementAccess): Promise<string | null> {
  const told = await ask(new URL('/api/overview?columns=rabbitmq_version', url));
  if (typeof told !== 'object' || told === null || !('rabbitmq_version' in told)) return null;
  return typeof told.rabbitmq_version === 'string' ? told.rabbitmq_version : null;
}

async function ask(url: URL): Promise<unknown> {
  const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  try {
    const response = await fetch(url, {
      headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
      signal: AbortSignal.timeout(MANAGEMENT_MS),
    });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}
