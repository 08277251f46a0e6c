import type { ConnectOptions } from 'mongoose';

/** How a program uses the database; its address says the rest. */
export interface DatabaseUse {
  uri: string;
  /** The database is the development stand-in (mongo-java-server), which knows neither sessions nor `hello`. */
  standIn: boolean;
  /** The program's name, as the database's logs show it. */
  name?: string;
  /**
   * Milliseconds in which an operation looks for a server before it fails, a passing fault. A program that people wait for
   * says soon that the database is away; a worker rather sits out an election (about twelve seconds).
   */
  selectionMs?: number;
}

const SELECTION_MS = 5_000;
/** A connection on which nothing comes back for so long is given up, and with it what waits for it. */
const SILENCE_MS = 30_000;
/** How long an operation waits for one of the connections. */
const QUEUE_MS = 10_000;
/** A write that the majority has not confirmed by then fails as not confirmed; it may stand all the same. */
const CONFIRM_MS = 10_000;

/**
 * What of these the address says itself is left to it. Guarantees are not: every write is confirmed by the majority and
 * its journal, and every read sees it.
 */
export function connectOptions({
  uri,
  standIn,
  name,
  selectionMs = SELECTION_MS,
}: DatabaseUse): ConnectOptions {
  const wished: ConnectOptions = {
    appName: name ? `relaypoint-${name}` : 'relaypoint',
    serverSelectionTimeoutMS: selectionMs,
    socketTimeoutMS: SILENCE_MS,
    waitQueueTimeoutMS: QUEUE_MS,
    maxPoolSize: 32,
  };
  const said = new Set(optionNames(uri));
  const left = Object.entries(wished).filter(([option]) => !said.has(option.toLowerCase()));
  const real: ConnectOptions = {
    serverApi: { version: '1', strict: true },
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: CONFIRM_MS },
    readPreference: 'primary',
  };
  // Without sessions a retryable write cannot be numbered; the stand-in would refuse it
  const stand: ConnectOptions = { retryWrites: false, retryReads: false, directConnection: true };
  return {
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
    ...Object.fromEntries(left),
    ...(standIn ? stand : real),
  };
}

/** Names of the options in an address, in lower case; their case does not count. */
function optionNames(uri: string): string[] {
  return [...new URLSearchParams(uri.split('?')[1] ?? '').keys()].map((name) => name.toLowerCase());
}
