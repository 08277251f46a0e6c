import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

/** What is needed of the driver's connection, which it does not export. */
interface DriverConnection {
  readonly socket: Socket;
  readonly closed: boolean;
  cleanup: (error: Error) => void;
}

const mended = new WeakSet<object>();

/**
 * Makes the driver give up a command whose connection closed while it was written. A write to a socket that has just been
 * destroyed says "wait until it has drained", the driver then waits for `drain` or `error`, and neither comes, for closing
 * is no error: the command never ends. When it is the monitor's own, no server is looked for any more, and the
 * program is without its database until it is started again (ADR 21; seen with 7.8.0, and 7.9.0 reads the same).
 *
 * For every client of this process; done once.
 *
 * @throws TypeError when the driver's connection is not as it was
 */
export function mendDriverHang(): void {
  const prototype = driverConnection();
  if (mended.has(prototype)) return;
  const cleanup: unknown = Reflect.get(prototype, 'cleanup');
  if (typeof cleanup !== 'function') throw new TypeError('the MongoDB driver has no Connection.cleanup');
  prototype.cleanup = function (this: DriverConnection, error: Error): void {
    const wasClosed = this.closed;
    cleanup.call(this, error);
    // the driver itself listens to it for as long as there is the socket, and has nothing to do any more
    if (!wasClosed) this.socket.emit('error', error);
  };
  mended.add(prototype);
}

/** The driver of mongoose, not another version that may be there as well. */
function driverConnection(): DriverConnection {
  const require = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection } = require('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: DriverConnection };
  };
  return Connection.prototype;
}
