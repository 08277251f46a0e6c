import type { FastifyInstance } from 'fastify';
import { ContractViolation, faultFinder, type JsonSchema } from '#contract';
import { DomainError } from '#domain';

/** A hundred reports with 16 KiB of log each, escaped. */
const REPORTS_LIMIT = 4 * 1024 * 1024;
/** Bytes of any other body. */
export const BODY_LIMIT = 256 * 1024;
/** Deeper nesting than any message has. */
const DEEPEST = 12;

/** Takes JSON bodies: limited in bytes, nesting and in what is looked for in a bad one. */
export function takeBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === '/dp/v1/reports') route.bodyLimit = REPORTS_LIMIT;
  });
  fastify.removeAllContentTypeParsers();
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    void parse(request, body as string, (error, value) => {
      if (error) done(error);
      else if (isTooDeep(value)) done(new DomainError('VALIDATION_FAILED', 'The body is nested too deeply.'));
      else done(null, value);
    });
  });
  fastify.setValidatorCompiler(({ schema }) => {
    const faultsIn = faultFinder(schema as JsonSchema);
    return (value: unknown) => {
      const faults = faultsIn(value);
      return faults.length > 0 ? { error: new ContractViolation('request', faults) } : { value };
    };
  });
}

function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) return true;
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
  return false;
}
