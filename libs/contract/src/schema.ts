import { SLUG_PATTERN } from './patterns.js';
import type { JsonSchema } from './message.js';

export type JsonSchemaMap = Readonly<Record<string, JsonSchema>>;

/** Building bricks of message schemas. Objects refuse unknown fields. */
export const id = { type: 'string', minLength: 1, maxLength: 40, pattern: '^[A-Za-z0-9._:-]+$' } as const;
export const slug = { type: 'string', pattern: SLUG_PATTERN } as const;
export const time = {
  type: 'string',
  maxLength: 40,
  // only what is a time: a month 13 would pass here and break whoever stores it
  pattern:
    '^\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,9})?Z$',
} as const;
export const sha256Hex = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
/** A raw 32 byte key, base64url without padding. */
export const rawKey = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' } as const;

export const text = (maxLength: number, minLength = 0): JsonSchema => ({
  type: 'string',
  minLength,
  maxLength,
});
export const count = (minimum: number, maximum: number): JsonSchema => ({
  type: 'integer',
  minimum,
  maximum,
});
export const list = (items: JsonSchema, maxItems: number, minItems = 0): JsonSchema => ({
  type: 'array',
  items,
  minItems,
  maxItems,
});
export const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });
export const oneOf = (values: readonly string[]): JsonSchema => ({ type: 'string', enum: values });

/** An object whose fields are all required but those named in `optional`. */
export function object(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema {
  return {
    type: 'object',
    properties,
    required: Object.keys(properties).filter((key) => !optional.includes(key)),
    additionalProperties: false,
  };
}
