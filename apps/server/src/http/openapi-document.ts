import type { OpenAPIObject } from '@nestjs/swagger';
import { LOCATION_CRITERIA } from '#domain';
import { PROBLEMS, type ProblemCode } from './problem.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Schema = Record<string, unknown>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;
const PROBLEM = { $ref: '#/components/schemas/ProblemDto' };

/**
 * Adds what every operation shares: the errors it may answer with, who may call it, that unknown fields are refused, and
 * the headers of the conventions.
 */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) complete(operation, path, method);
    }
  }
  describeImportBodies(document);
  describeLocationConditions(document);
  refuseUnknownFields(document);
  return document;
}

function complete(operation: Operation, path: string, method: string): void {
  const isAdmin = path.startsWith('/api/v1');
  const isLogin = path === '/api/v1/session' && method === 'post';
  if (isAdmin && !isLogin) operation.security = [{ apiToken: [] }, { session: [] }];
  for (const [status, answer] of Object.entries(problemAnswers(problemsOf(operation, path, method)))) {
    operation.responses[status] ??= answer;
  }
  if (isAdmin && method === 'post' && !isLogin) {
    addHeader(operation, 'Idempotency-Key', {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      pattern: '^[!-~]+$',
    });
  }
}

/** An import comes as a form or as JSON; Nest describes both types of content alike. */
function describeImportBodies(document: OpenAPIObject): void {
  const body = document.paths['/api/v1/imports']?.post?.requestBody;
  if (!body || '$ref' in body) return;
  body.content['application/json'] = { schema: { $ref: '#/components/schemas/CreateImportDto' } };
}

/** The tree of a location rule refers to itself, which decorators cannot say. */
function describeLocationConditions(document: OpenAPIObject): void {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const itself = { $ref: '#/components/schemas/LocationCondition' };
  const nodes = { type: 'array', items: itself, minItems: 1, maxItems: 99 };
  const text = { type: 'string', minLength: 1, maxLength: 255 };
  schemas['LocationCondition'] = {
    type: 'object',
    description: 'A tree of conditions; each node has exactly one field. Networks in CIDR form.',
    minProperties: 1,
    maxProperties: 1,
    properties: {
      all: nodes,
      any: nodes,
      not: itself,
      ...Object.fromEntries(LOCATION_CRITERIA.map((name) => [name, text])),
    },
    example: { all: [{ addressIn: '10.1.0.0/16' }, { not: { adSite: 'Berlin' } }] },
  };
}

function problemsOf(operation: Operation, path: string, method: string): ProblemCode[] {
  const codes: ProblemCode[] = [
    'VALIDATION_FAILED',
    'UNAUTHENTICATED',
    'RATE_LIMITED',
    'UNAVAILABLE',
    'INTERNAL',
  ];
  if (path.startsWith('/api/v1')) codes.push('FORBIDDEN');
  if (path.includes('{')) codes.push('NOT_FOUND');
  if (method !== 'get') codes.push('WRONG_STATE');
  if (operation.parameters?.some((one) => 'name' in one && one.name === 'If-Match'))
    codes.push('REVISION_STALE');
  if (operation.requestBody || method === 'post' || method === 'put')
    codes.push('TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (method === 'post') codes.push('IDEMPOTENCY_KEY_REUSED');
  return codes;
}

function problemAnswers(codes: readonly ProblemCode[]): Operation['responses'] {
  const answers = codes.map((code) => {
    const { status, title } = PROBLEMS[code];
    const also = Object.entries(PROBLEMS).flatMap(([other, rule]) => (rule.status === status ? [other] : []));
    const text = status === 409 ? `Broken rule: ${also.join(', ')}` : `${title} (${also.join(', ')})`;
    return [
      String(status),
      { description: text, content: { 'application/problem+json': { schema: PROBLEM } } },
    ];
  });
  return Object.fromEntries(answers) as Operation['responses'];
}

function addHeader(operation: Operation, name: string, schema: Schema): void {
  operation.parameters ??= [];
  operation.parameters.push({ name, in: 'header', required: false, schema });
}

/** Request bodies take known fields only; what their schemas refer to as well. */
function refuseUnknownFields(document: OpenAPIObject): void {
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  const seen = new Set<string>();
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { $ref } = node as { $ref?: unknown };
    if (typeof $ref === 'string') {
      const name = $ref.split('/').at(-1) ?? '';
      if (seen.has(name)) return;
      seen.add(name);
      const schema = schemas[name];
      if (schema?.['type'] === 'object' && schema['properties']) schema['additionalProperties'] ??= false;
      visit(schema);
      return;
    }
    Object.values(node).forEach(visit);
  };
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) visit(item[method]?.requestBody);
  }
}
