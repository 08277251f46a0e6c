import type { FastifyInstance } from 'fastify';
import { ContractViolation, faultFinder, type JsonSchema } from '#contract';
import { jsonParser } from '#http';

/** A hundred reports with 16 KiB of log each, escaped. */
const REPORTS_LIMIT = 4 * 1024 * 1024;
/** Bytes of any other body. */
export const BODY_LIMIT = 256 * 1024;
/** Levels of nesting; deeper than any message. */
const MAX_DEPTH = 12;

/** Takes JSON bodies: limited in bytes, nesting and in what is looked for in a bad one. */
export function configureBodyParsing(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route) => {
    if (route.url === '/dp/v1/reports') route.bodyLimit = REPORTS_LIMIT;
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, jsonParser(fastify, MAX_DEPTH));
  fastify.setValidatorCompiler(({ schema }) => {
    const faultsIn = faultFinder(schema as JsonSchema);
    return (value: unknown) => {
      const faults = faultsIn(value);
      return faults.length > 0 ? { error: new ContractViolation('request', faults) } : { value };
    };
  });
}
