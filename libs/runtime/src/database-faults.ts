/** Faults of the MongoDB driver itself, by name: whoever asks need not know the driver. */
const PASSING_NAMES: ReadonlySet<string> = new Set([
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoServerClosedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoExpiredSessionError',
  'MongoClientClosedError',
  'MongoOperationTimeoutError',
  'MongoStalePrimaryError',
  'PoolClearedOnNetworkError',
]);

/** What the driver itself would do again. */
const PASSING_LABELS = [
  'RetryableWriteError',
  'RetryableError',
  'SystemOverloadedError',
  'PoolRequestedRetry',
];

/**
 * What a server answers while it stops, steps down, has no primary or cannot reach enough others (error_codes.yml of
 * MongoDB).
 */
const PASSING_CODES: ReadonlySet<number> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  43, // CursorNotFound: the server that had it is gone
  50, // MaxTimeMSExpired
  64, // WriteConcernFailed: not confirmed in time by enough servers
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  175, // QueryPlanKilled
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  365, // TemporarilyUnavailable
  462, // IngressRequestRateLimitExceeded
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace: waits for a person, and nothing may be thrown away until then
]);

interface DatabaseFault {
  name?: unknown;
  code?: unknown;
  errorLabels?: unknown;
  /** What the server answered; of a bulk, whatever fault ended it. */
  errorResponse?: unknown;
  writeConcernError?: unknown;
  result?: unknown;
  writeErrors?: unknown;
  cause?: unknown;
}

/**
 * Whether an error says that the database is away, changes its primary or is overloaded: the same again later may
 * succeed. A bulk wraps every error, so what is inside counts.
 */
export function isDatabaseAway(error: unknown): boolean {
  return isObject(error) && /^(?:Mongo|PoolCleared)/.test(String(error.name)) && saysAway(error, 0);
}

/** Wrappings in one another; the driver makes three at most. */
const MAX_DEPTH = 5;

function saysAway(fault: unknown, depth: number): boolean {
  if (!isObject(fault) || depth > MAX_DEPTH) return false;
  if (PASSING_NAMES.has(String(fault.name)) || PASSING_CODES.has(Number(fault.code))) return true;
  const { errorLabels: labels, writeErrors } = fault;
  if (Array.isArray(labels) && PASSING_LABELS.some((label) => labels.includes(label))) return true;
  const inner = [fault.errorResponse, fault.writeConcernError, fault.cause, concernOf(fault.result)];
  const each: unknown[] = Array.isArray(writeErrors) ? writeErrors : [];
  return [...inner, ...each].some((one) => one !== fault && saysAway(one, depth + 1));
}

/** A write that was done, but that too few servers have. */
function concernOf(result: unknown): unknown {
  if (!isObject(result)) return undefined;
  const bulk = result as { getWriteConcernError?: () => unknown };
  return typeof bulk.getWriteConcernError === 'function'
    ? bulk.getWriteConcernError()
    : result.writeConcernError;
}

function isObject(value: unknown): value is DatabaseFault {
  return typeof value === 'object' && value !== null;
}
