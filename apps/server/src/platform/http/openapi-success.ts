import type { OpenAPIObject } from '@nestjs/swagger';
import { nameOf, type Operation, type Schema, type Schemas } from './openapi-walk.js';

type Headers = NonNullable<NonNullable<OpenAPIObject['components']>['headers']>;

/** Headers that responses refer to. */
export const RESPONSE_HEADERS: Headers = {
  ETag: {
    description: 'The revision of the object, for `If-Match` of a change.',
    required: true,
    schema: { type: 'string', pattern: '^"[0-9]+"$' },
    example: '"3"',
  },
  Location: {
    description: 'Path of the object that was created, or that is to be watched.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: '/api/v1/orders/0198c0de-0004-7000-8000-000000000004',
  },
  IdempotencyReplayed: {
    description: '`true`: the response to an earlier request with this key.',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
  RetryAfter: {
    description: 'Seconds after which asking again makes sense.',
    schema: { type: 'integer', minimum: 1 },
    example: 5,
  },
  WwwAuthenticate: {
    description: 'How to authenticate.',
    schema: { type: 'string' },
    example: 'Bearer realm="relaypoint"',
  },
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  '200': 'OK.',
  '201': 'Created.',
  '202': 'Accepted; watch the object until the work is done.',
  '204': 'Done; no content.',
};

/** Says what the interceptors of every operation do: ETag, Location, replays. */
export function describeSuccess(operation: Operation, path: string, schemas: Schemas): void {
  const isReplayed = operation.parameters?.some((one) => 'name' in one && one.name === 'Idempotency-Key');
  for (const [status, response] of Object.entries(operation.responses)) {
    if (!response || '$ref' in response || !status.startsWith('2')) continue;
    response.description ||= DESCRIPTIONS[status] ?? '';
    const headers = {
      ...(hasRevision(response.content?.['application/json']?.schema, schemas) && {
        ETag: { $ref: '#/components/headers/ETag' },
      }),
      ...(path.startsWith('/api/v1') &&
        (status === '201' || status === '202') && { Location: { $ref: '#/components/headers/Location' } }),
      ...(isReplayed && { 'Idempotency-Replayed': { $ref: '#/components/headers/IdempotencyReplayed' } }),
    };
    if (Object.keys(headers).length > 0) response.headers = { ...response.headers, ...headers };
  }
}

function hasRevision(schema: object | undefined, schemas: Schemas): boolean {
  const { $ref } = (schema ?? {}) as { $ref?: string };
  const { properties } = (schemas[nameOf($ref)] ?? {}) as { properties?: Schema };
  return properties !== undefined && 'revision' in properties;
}
