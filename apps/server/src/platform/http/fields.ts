import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type, plainToInstance } from 'class-transformer';
import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { mustBe, SLUG_PATTERN } from '#domain';
import type { MessageDescriptor } from '#texts';

/**
 * Fields of request bodies and queries: each decorator both checks a value and describes it to OpenAPI, so that what the
 * document says and what the server takes cannot drift apart. Lengths count code points, as JSON Schema does.
 */

export interface FieldOptions {
  /** The field may be left out. */
  optional?: boolean;
  /** The field may be null. */
  nullable?: boolean;
  description?: string;
  example?: unknown;
}

export interface TextOptions extends FieldOptions {
  min?: number;
  max: number;
  /** Source of a regular expression the whole text must match. */
  pattern?: string;
  /** What the pattern means, for people. */
  means?: MessageDescriptor;
  format?: string;
  writeOnly?: boolean;
}

type Schema = Record<string, unknown>;

interface Rule extends MessageDescriptor {
  code: string;
  holds: (value: unknown) => boolean;
}

/** A text of `min` (0) to `max` characters. */
export function Text(options: TextOptions): PropertyDecorator {
  return field(options, textSchema(options), textRule(options));
}

/** Text that is more than blanks: names and labels. */
export function Name(options: Partial<TextOptions> = {}): PropertyDecorator {
  return Text({
    min: 1,
    max: 255,
    pattern: String.raw`^(?=.*\S)[^\u0000-\u001f\u007f]*$`,
    means: { key: 'what.line' },
    ...options,
  });
}

/** Id of a tenant or distribution point. */
export function Slug(options: FieldOptions = {}): PropertyDecorator {
  return Text({ min: 1, max: 40, ...SLUG_RULE, ...options });
}

export const SLUG_RULE = {
  pattern: SLUG_PATTERN,
  means: { key: 'what.slug' },
} as const;

/** An opaque id. */
export function Id(options: FieldOptions = {}): PropertyDecorator {
  return Text({ min: 1, max: 40, ...options });
}

/** A point in time, RFC 3339. */
export function Time(options: FieldOptions = {}): PropertyDecorator {
  const rule = { code: 'time', holds: isTime, ...mustBe('what.time', { time: '2026-05-01T08:00:00Z' }) };
  return field(options, { type: 'string', format: 'date-time' }, rule);
}

export function IntegerField(
  options: FieldOptions & { min: number; max: number; default?: number },
): PropertyDecorator {
  const { min, max } = options;
  const holds = (value: unknown): boolean =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  const rule = { code: 'integer', holds, ...mustBe('what.integer', { min, max }) };
  return field(options, { type: 'integer', minimum: min, maximum: max, default: options.default }, rule);
}

export function BooleanField(options: FieldOptions = {}): PropertyDecorator {
  const rule = { code: 'boolean', holds: (v: unknown) => typeof v === 'boolean', ...mustBe('what.boolean') };
  return field(options, { type: 'boolean' }, rule);
}

export function OneOf(values: readonly string[], options: FieldOptions = {}): PropertyDecorator {
  const holds = (value: unknown): boolean => typeof value === 'string' && values.includes(value);
  const rule = { code: 'enum', holds, ...mustBe('what.oneOf', { values }) };
  return field(options, { type: 'string', enum: [...values] }, rule);
}

/** A list of texts, without repeats when `unique`. */
export function TextList(
  options: FieldOptions & { items: TextOptions; min?: number; max: number; unique?: boolean },
): PropertyDecorator {
  const { items, min = 0, max, unique } = options;
  const item = textRule(items);
  const holds = (value: unknown): boolean =>
    isList(value, min, max) && value.every(item.holds) && (!unique || new Set(value).size === value.length);
  const each = mustBe('what.textList', { min, max, what: wantedText(items) });
  const schema = {
    type: 'array',
    items: textSchema(items),
    minItems: min,
    maxItems: max,
    ...(unique && { uniqueItems: true }),
  };
  return field(options, schema, { code: 'list', holds, ...each });
}

export function IntegerListField(
  options: FieldOptions & { min: number; max: number; length: number },
): PropertyDecorator {
  const { min, max, length } = options;
  const holds = (value: unknown): boolean =>
    isList(value, 0, length) &&
    value.every((v) => Number.isInteger(v) && Number(v) >= min && Number(v) <= max);
  const wanted = mustBe('what.integerList', { length, min, max });
  const schema = { type: 'array', items: { type: 'integer', minimum: min, maximum: max }, maxItems: length };
  return field(options, schema, { code: 'list', holds, ...wanted });
}

/** An object of another class, checked field by field. */
export function NestedField(of: () => new () => object, options: FieldOptions = {}): PropertyDecorator {
  const rule = { code: 'object', holds: isPlainObject, ...mustBe('what.object') };
  return applyDecorators(
    presence(options),
    check(rule),
    ValidateNested(),
    Type(of),
    ApiProperty({ ...documented(options), type: () => of() }),
  );
}

/** A list of objects of another class. */
export function NestedListField(
  of: () => new () => object,
  options: FieldOptions & { min?: number; max: number },
): PropertyDecorator {
  const { min = 0, max } = options;
  const holds = (value: unknown): boolean => isList(value, min, max) && value.every(isPlainObject);
  const rule = { code: 'list', holds, ...mustBe('what.objectList', { min, max }) };
  return applyDecorators(
    presence(options),
    check(rule),
    ValidateNested({ each: true }),
    Type(of),
    ApiProperty({
      ...documented(options),
      type: () => of(),
      isArray: true,
      minItems: min,
      maxItems: max,
    }),
  );
}

/** An object whose keys are free within a pattern and whose values are of another class; arrives as a Map. */
export function NestedMapField(
  of: () => new () => object,
  schemaRef: string,
  options: FieldOptions & { keys: TextOptions; max: number },
): PropertyDecorator {
  const key = textRule(options.keys);
  const holds = (value: unknown): boolean =>
    value instanceof Map &&
    value.size <= options.max &&
    [...value].every(([k, v]) => key.holds(k) && isPlainObject(v));
  const rule = {
    code: 'object',
    holds,
    ...mustBe('what.objectMap', { max: options.max, what: wantedText(options.keys) }),
  };
  const schema = {
    type: 'object',
    maxProperties: options.max,
    additionalProperties: { $ref: schemaRef },
    propertyNames: { pattern: options.keys.pattern },
  };
  return applyDecorators(
    presence(options),
    check(rule),
    ValidateNested(),
    Transform(({ obj, key: name }) => mapOf((obj as Schema)[name], of())),
    ApiProperty({ ...documented(options), ...schema } as ApiPropertyOptions),
  );
}

/** A whole number in a query, where everything is text. */
export function QueryWhole(
  options: FieldOptions & { min: number; max: number; default?: number },
): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : (value as unknown),
    ),
    IntegerField({ optional: true, ...options }),
  );
}

/** `true` or `false` in a query. */
export function QueryFlag(options: FieldOptions = {}): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }) => (value === 'true' ? true : value === 'false' ? false : (value as unknown))),
    BooleanField({ optional: true, ...options }),
  );
}

/** Checks a value in a way of its own, under a schema that says the same. */
export function CustomField(schema: Schema, rule: Rule, options: FieldOptions = {}): PropertyDecorator {
  return field(options, schema, rule);
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTime(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  );
}

function field(options: FieldOptions, schema: Schema, rule: Rule): PropertyDecorator {
  const api = { ...documented(options), ...schema } as ApiPropertyOptions;
  return applyDecorators(presence(options), check(rule), ApiProperty(api));
}

function presence({ optional = false, nullable = false }: FieldOptions): PropertyDecorator {
  return ValidateIf((_, value) => !((optional && value === undefined) || (nullable && value === null)));
}

/** The text goes along as the context of the rule: class-validator itself knows sentences only. */
function check({ code, holds, key, params = {} }: Rule): PropertyDecorator {
  const context: MessageDescriptor = { key, params };
  return ValidateBy({ name: code, validator: { validate: holds, defaultMessage: () => key } }, { context });
}

function documented({ optional, nullable, description, example }: FieldOptions): Schema {
  return {
    required: !optional,
    ...(nullable && { nullable: true }),
    ...(description !== undefined && { description }),
    ...(example !== undefined && { example }),
  };
}

/** No text of a person has a NUL in it, and the database takes none in what it searches by. */
const NO_NUL = String.raw`^[^\u0000]*$`;

function wantedText({ min = 0, max, means }: Pick<TextOptions, 'min' | 'max' | 'means'>): MessageDescriptor {
  return means ?? { key: 'what.textNoNul', params: { min, max } };
}

function textRule({ min = 0, max, pattern = NO_NUL, means }: TextOptions): Rule {
  const matcher = new RegExp(pattern, 'u');
  const holds = (value: unknown): boolean => {
    if (typeof value !== 'string') return false;
    // Code points
    const { length } = Array.from(value);
    return length >= min && length <= max && matcher.test(value);
  };
  return {
    code: 'text',
    holds,
    key: 'fault.mustBe',
    params: { what: wantedText({ min, max, ...(means && { means }) }) },
  };
}

function textSchema({ min = 0, max, pattern = NO_NUL, format, writeOnly }: TextOptions): Schema {
  return {
    type: 'string',
    minLength: min,
    maxLength: max,
    pattern,
    ...(format !== undefined && { format }),
    ...(writeOnly && { writeOnly }),
  };
}

function isList(value: unknown, min: number, max: number): value is unknown[] {
  return Array.isArray(value) && value.length >= min && value.length <= max;
}

function mapOf(value: unknown, of: new () => object): unknown {
  if (!isPlainObject(value)) return value;
  return new Map(
    Object.entries(value).map(([key, one]) => [key, isPlainObject(one) ? plainToInstance(of, one) : one]),
  );
}
