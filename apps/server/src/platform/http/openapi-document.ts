import type { OpenAPIObject } from '@nestjs/swagger';
import { ASSIGNMENT_TEXT_CRITERIA, LOCATION_CRITERIA } from '#domain';
import { PROBLEMS_EXTENSION } from './api-problems.js';
import { nameEnums } from './openapi-enums.js';
import { addExamples } from './openapi-examples.js';
import { problemResponses, sharedProblems } from './openapi-problems.js';
import { describeSuccess, RESPONSE_HEADERS } from './openapi-success.js';
import { everyObject, nameOf, operationsOf, type Operation, type Schemas } from './openapi-walk.js';
import type { ProblemCode } from '#http';

/** What a parameter of a path means that is not named below, by what stands first in the path. */
const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  accounts: 'Id of the account.',
  'api-tokens': 'Id of the token.',
  'assignment-rules': 'Id of the rule.',
  brakes: 'Id of the brake.',
  computers: 'Id of the computer.',
  'dead-letters': 'Id of the message.',
  directories: 'Id of the directory.',
  imports: 'Id of the import run.',
  'import-profiles': 'Id of the profile.',
  'join-keys': 'Id of the key.',
  'location-rules': 'Id of the rule.',
  'notification-deliveries': 'Id of the delivery.',
  'notification-targets': 'Id of the target.',
  orders: 'Id of the order.',
  rollouts: 'Id of the rollout.',
  users: 'Id of the user.',
  views: 'Id of the view.',
};
const NAMED_PARAMETERS: Readonly<Record<string, string>> = {
  dp: 'Id of the DP.',
  machine: 'Id of the machine, of `machines` of the DP.',
  tenant: 'Id of the tenant.',
  version: 'Version of the client release.',
  platform: 'Platform that the file is for.',
};

/**
 * Adds what decorators say once for all operations, or cannot say: security, errors, headers, named enums, examples, and
 * that unknown fields are refused.
 */
export function completeDocument(document: OpenAPIObject): OpenAPIObject {
  const components = (document.components ??= {});
  const schemas = (components.schemas ??= {}) as Schemas;
  describeImportBodies(document);
  describeLocationConditions(schemas);
  describeAssignmentConditions(schemas);
  tidyReferences(document);
  nameEnums(document, schemas);
  refuseUnknownFields(document, schemas);
  components.headers = RESPONSE_HEADERS;
  components.responses = sharedProblems();
  for (const { operation, path, method } of operationsOf(document)) {
    secure(operation, path, method);
    describePathParameters(operation, path);
    addIdempotencyKey(operation, path, method);
    describeSuccess(operation, path, schemas);
    Object.assign(operation.responses, problemResponses(problemsOf(operation, path, method)));
    Reflect.deleteProperty(operation, PROBLEMS_EXTENSION);
  }
  addExamples(document, schemas);
  return document;
}

function isLogin(path: string, method: string): boolean {
  return path === '/api/v1/session' && method === 'post';
}

function secure(operation: Operation, path: string, method: string): void {
  if (isLogin(path, method)) operation.security = [];
  else if (path.startsWith('/api/v1')) operation.security = [{ apiToken: [] }, { session: [] }];
  else operation.security ??= [];
}

function describePathParameters({ parameters = [] }: Operation, path: string): void {
  const [, resource = ''] = /^\/api\/v1\/([^/]+)/.exec(path) ?? [];
  for (const parameter of parameters) {
    if (!('in' in parameter) || parameter.in !== 'path') continue;
    parameter.description ??= NAMED_PARAMETERS[parameter.name] ?? PATH_PARAMETERS[resource] ?? '';
  }
}

function addIdempotencyKey(operation: Operation, path: string, method: string): void {
  if (!path.startsWith('/api/v1') || method !== 'post' || isLogin(path, method)) return;
  operation.parameters ??= [];
  operation.parameters.push({
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'The same request with the same key, sent again within 24 hours, gets the same response.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]+$' },
  });
}

/** An import comes as a form or as JSON; Nest describes both types of content alike. */
function describeImportBodies(document: OpenAPIObject): void {
  const body = document.paths['/api/v1/imports']?.post?.requestBody;
  if (!body || '$ref' in body) return;
  body.content['application/json'] = { schema: { $ref: '#/components/schemas/CreateImportDto' } };
}

/** The tree of a location rule refers to itself, which decorators cannot say. */
function describeLocationConditions(schemas: Schemas): void {
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
    example: { all: [{ addressIn: '10.1.0.0/16' }, { not: { adSite: 'Guests' } }] },
  };
}

/** As {@link describeLocationConditions}, for what rows of imports say. */
function describeAssignmentConditions(schemas: Schemas): void {
  const itself = { $ref: '#/components/schemas/AssignmentCondition' };
  const nodes = { type: 'array', items: itself, minItems: 1, maxItems: 99 };
  const text = { type: 'string', minLength: 1, maxLength: 255 };
  schemas['AssignmentCondition'] = {
    type: 'object',
    description:
      'A tree of conditions; each node has exactly one field. `ou` and `group` are distinguished names, `name` and `column.is` may have `*` and `?`, `column.name` is a heading or what a column holds.',
    minProperties: 1,
    maxProperties: 1,
    properties: {
      all: nodes,
      any: nodes,
      not: itself,
      column: {
        type: 'object',
        required: ['name', 'is'],
        properties: { name: text, is: text },
        additionalProperties: false,
      },
      ...Object.fromEntries(ASSIGNMENT_TEXT_CRITERIA.map((name) => [name, text])),
    },
    example: {
      any: [{ column: { name: 'Site', is: 'North*' } }, { ou: 'OU=North,DC=corp,DC=example,DC=com' }],
    },
  };
}

/** Nest says `type: object` beside a reference, and wraps one that has a description; 3.1 needs neither. */
function tidyReferences(document: OpenAPIObject): void {
  everyObject(document, (node) => {
    const { allOf } = node;
    if (Array.isArray(allOf) && allOf.length === 1) {
      Reflect.deleteProperty(node, 'allOf');
      Object.assign(node, allOf[0]);
    }
    if (typeof node['$ref'] === 'string') Reflect.deleteProperty(node, 'type');
  });
}

function problemsOf(operation: Operation, path: string, method: string): ProblemCode[] {
  const isAdmin = path.startsWith('/api/v1');
  const codes: ProblemCode[] = ['VALIDATION_FAILED', 'UNAVAILABLE', 'INTERNAL', 'UNAUTHENTICATED'];
  if (isAdmin && !isLogin(path, method)) codes.push('FORBIDDEN');
  if (path.includes('{')) codes.push('NOT_FOUND');
  if (takes(operation, 'If-Match')) codes.push('REVISION_STALE');
  if (operation.requestBody || method === 'post' || method === 'put')
    codes.push('TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (takes(operation, 'Idempotency-Key')) codes.push('IDEMPOTENCY_KEY_REUSED');
  const own = Reflect.get(operation, PROBLEMS_EXTENSION) as ProblemCode[] | undefined;
  return [...codes, ...(own ?? [])];
}

function takes({ parameters = [] }: Operation, header: string): boolean {
  return parameters.some((one) => 'name' in one && one.name === header);
}

/** Request bodies take known fields only; what their schemas refer to as well. */
function refuseUnknownFields(document: OpenAPIObject, schemas: Schemas): void {
  const seen = new Set<string>();
  const close = (body: unknown): void =>
    everyObject(body, ({ $ref }) => {
      if (typeof $ref !== 'string') return;
      const name = nameOf($ref);
      if (seen.has(name)) return;
      seen.add(name);
      const schema = schemas[name];
      if (schema?.['type'] === 'object' && schema['properties']) schema['additionalProperties'] ??= false;
      close(schema);
    });
  for (const { operation } of operationsOf(document)) close(operation.requestBody);
}
