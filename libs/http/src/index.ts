export { bearerToken } from './bearer-token.js';
export { type Dependency, HealthController } from './health.controller.js';
export { HealthModule } from './health.module.js';
export { doorOptions, NODE_SERVER_OPTIONS, watchDoor } from './http-door.js';
export { isTooDeep, jsonParser } from './json-bodies.js';
export { inTime, METRICS } from './metrics.js';
export { EdgeError, type Problem, type ProblemCode, problemOf, PROBLEMS } from './problem.js';
export { type ProblemAnswer, ProblemFilter } from './problem.filter.js';
export { languageOf } from './request-language.js';
