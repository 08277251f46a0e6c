import { mongo } from 'mongoose';
import { EnvironmentFault } from '#runtime';
import { connectOptions, type DatabaseUse } from './connection-options.js';

/** MongoDB 5.0, the first with the Stable API (wire versions: driver specification, "wireversion-featurelist"). */
const OLDEST_WIRE_VERSION = 13;

/** What is wrong with a server for us, by its answer to `hello`; undefined: nothing. */
export function versionFault(hello: { maxWireVersion?: unknown }): string | undefined {
  const wire = Number(hello.maxWireVersion ?? 0);
  if (wire >= OLDEST_WIRE_VERSION) return undefined;
  return `environment: MONGODB_URI leads to a MongoDB older than 5.0 (wire version ${wire}); the Stable API needs 5.0 or later`;
}

/**
 * Asks the server for its version, on a connection of its own: one that speaks the Stable API would only hear of an unknown
 * field. A server that is away is left to the connection that is made next.
 *
 * @throws EnvironmentFault for one that is too old
 */
export async function checkServerVersion(use: DatabaseUse): Promise<void> {
  if (use.standIn) return;
  const { appName, serverSelectionTimeoutMS } = connectOptions(use);
  const client = new mongo.MongoClient(use.uri, {
    ...(appName !== undefined && { appName }),
    ...(serverSelectionTimeoutMS !== undefined && { serverSelectionTimeoutMS }),
  });
  try {
    const fault = versionFault(await client.db('admin').command({ hello: 1 }));
    if (fault !== undefined) throw new EnvironmentFault(fault);
  } catch (error) {
    if (error instanceof EnvironmentFault) throw error;
    if (error instanceof mongo.MongoCompatibilityError)
      throw new EnvironmentFault(`environment: ${error.message}`);
  } finally {
    await client.close();
  }
}
