export { inBatches } from './batches.js';
export { EnvironmentFault, envFlag, httpEnv, readEnv } from './env.js';
export { Gathering } from './gathering.js';
export { newId } from './ids.js';
export { loggerParams, REDACTED, requestId } from './logger.js';
export { mayReadMetrics, METRICS_CONTENT_TYPE, newMetrics } from './metrics.js';
export { readiness, type Probe, type ProbeResult, type Readiness } from './probes.js';
