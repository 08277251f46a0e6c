export { inBatches } from './batches.js';
export { isDatabaseAway } from './database-faults.js';
export { EnvironmentFault, envFlag, httpEnv, readEnv } from './env.js';
export { RequestBatcher } from './request-batcher.js';
export { watchClock } from './clock-watch.js';
export { currentTime } from './steady-clock.js';
export { newId } from './ids.js';
export { loggerParams, logResponses, REDACTED, requestId } from './logger.js';
export { announceReady } from './ready.js';
export { timeLeft } from './time-left.js';
export { TransientError } from './transient-error.js';
export { startTracing, TracingShutdown } from './start-tracing.js';
export { traceParentIn, type TraceParent } from './tracing/trace-context.js';
export { traceRequests } from './tracing/trace-requests.js';
export {
  activeTrace,
  inSpan,
  isTracing,
  openSpan,
  recordSpan,
  type SpanOptions,
  useSpanSink,
} from './tracing/tracing.js';
export { BUILD } from './version.js';
