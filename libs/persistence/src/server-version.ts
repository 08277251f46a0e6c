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

/** Seconds by which clocks may differ: leases of a minute are written by one machine and read by another. */
const MOST_OFF = 30;

/**
 * What is wrong with this machine's clock for us, by the server's answer to `hello`; undefined: nothing, or it does not say.
 *
 * @param asked when it was asked, and when it answered
 */
export function clockFault(
  { localTime }: { localTime?: unknown },
  asked: { from: Date; to: Date },
): string | undefined {
  if (!(localTime instanceof Date)) return undefined;
  const ahead = (asked.from.getTime() - localTime.getTime()) / 1000;
  const behind = (localTime.getTime() - asked.to.getTime()) / 1000;
  if (Math.max(ahead, behind) <= MOST_OFF) return undefined;
  const off = ahead > 0 ? `${Math.round(ahead)} s ahead of` : `${Math.round(behind)} s behind`;
  return `this machine's clock is ${off} the database server's, and deadlines need them to agree within ${MOST_OFF} s; let both follow the same time servers (NTP)`;
}

/**
 * What programs that go on running need of the server: deadlines want its clock to agree with ours.
 *
 * @throws EnvironmentFault for one that is too old, or whose clock is too far from ours
 */
export async function checkServer(use: DatabaseUse): Promise<void> {
  const fault = await databaseClockFault(use);
  if (fault !== undefined) throw new EnvironmentFault(`environment: ${fault}`);
}

/**
 * What works with the server whatever the time is: a backup is wanted most when something is wrong.
 *
 * @throws EnvironmentFault for one that is too old
 */
export async function checkServerVersion(use: DatabaseUse): Promise<void> {
  await helloOf(use);
}

/**
 * What is wrong with this machine's clock; undefined: nothing, or the server is away.
 *
 * @throws EnvironmentFault for a server that is too old
 */
export async function databaseClockFault(use: DatabaseUse): Promise<string | undefined> {
  const told = await helloOf(use);
  return told && clockFault(told.hello, told.asked);
}

/**
 * Asks the server for its version and its time, on a connection of its own: one that speaks the Stable API would only hear of an unknown
 * field. A server that is away is left to the connection that is made next.
 *
 * @returns undefined: it is away, or a stand-in
 * @throws EnvironmentFault for one that is too old
 */
async function helloOf(
  use: DatabaseUse,
): Promise<{ hello: mongo.Document; asked: { from: Date; to: Date } } | undefined> {
  if (use.standIn) return undefined;
  const { appName, serverSelectionTimeoutMS } = connectOptions(use);
  const client = new mongo.MongoClient(use.uri, {
    ...(appName !== undefined && { appName }),
    ...(serverSelectionTimeoutMS !== undefined && { serverSelectionTimeoutMS }),
  });
  try {
    await client.connect();
    const from = new Date();
    const hello = await client.db('admin').command({ hello: 1 });
    const asked = { from, to: new Date() };
    const fault = versionFault(hello);
    if (fault !== undefined) throw new EnvironmentFault(fault);
    return { hello, asked };
  } catch (error) {
    if (error instanceof EnvironmentFault) throw error;
    if (error instanceof mongo.MongoCompatibilityError)
      throw new EnvironmentFault(`environment: ${error.message}`);
    return undefined;
  } finally {
    await client.close();
  }
}
