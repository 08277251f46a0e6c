import { connect, createServer } from 'node:net';

/** Whether a server could listen there now. */
export function portIsFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Whether a server listens there now. Unlike {@link portIsFree} it is never in the way of one that is about to. */
export function somebodyListens(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, host);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

/** `first`, or the next port above it where nobody listens; those of `but` are meant for others. */
export async function nextFreePort(
  first: number,
  host = '127.0.0.1',
  but: readonly number[] = [],
): Promise<number> {
  for (let port = first; port < first + 200; port++)
    if (!but.includes(port) && (await portIsFree(port, host))) return port;
  throw new Error(`no free port from ${first} to ${first + 199} on ${host}`);
}

/** Given out by this process: free until their servers have started, and not to be given out again. */
const givenOut = new Set<number>();

/**
 * Some free port below the range from which systems take the local ends of outgoing connections (32768 on Linux), so
 * that no connection takes it before the server that it is meant for.
 */
export async function anyFreePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (givenOut.has(port)) continue;
    givenOut.add(port);
    if (await portIsFree(port)) return port;
  }
  throw new Error('no free port from 20000 to 31999');
}
