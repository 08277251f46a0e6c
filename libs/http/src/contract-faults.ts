import type { ContractFault } from '#contract';
import { type Fault, mustBe } from '#domain';
import type { MessageDescriptor, TextKey } from '#texts';

/** What a JSON type is called. */
const TYPES: Readonly<Record<string, TextKey>> = {
  string: 'what.string',
  number: 'what.number',
  integer: 'what.wholeNumber',
  boolean: 'what.boolean',
  object: 'what.object',
  array: 'what.list',
  null: 'what.null',
};

type Say = (params: ContractFault['params']) => MessageDescriptor;

const withLimit =
  (key: TextKey): Say =>
  ({ limit }) => ({ key, params: { limit: Number(limit) } });

/** The keywords of JSON Schema that messages of ours use. */
const KEYWORDS: Readonly<Record<string, Say>> = {
  additionalProperties: () => ({ key: 'fault.unknownField' }),
  required: () => ({ key: 'fault.missing' }),
  type: ({ type }) => {
    const names = String(type).split(',');
    const [only] = names;
    const key = names.length === 1 && only !== undefined ? TYPES[only] : undefined;
    return key ? mustBe(key) : mustBe('what.oneOf', { values: names });
  },
  enum: ({ allowedValues }) => mustBe('what.oneOf', { values: (allowedValues as unknown[]).map(String) }),
  const: ({ allowedValue }) => mustBe('what.exactly', { value: String(allowedValue) }),
  pattern: ({ pattern }) => ({ key: 'fault.pattern', params: { pattern: String(pattern) } }),
  minLength: withLimit('fault.minLength'),
  maxLength: withLimit('fault.maxLength'),
  minItems: withLimit('fault.minItems'),
  maxItems: withLimit('fault.maxItems'),
  maxProperties: withLimit('fault.maxItems'),
  minimum: withLimit('fault.minimum'),
  maximum: withLimit('fault.maximum'),
};

/** A fault of a message, in our words where we have some. */
export function faultOfMessage({ path, code, message, params }: ContractFault): Fault {
  const say = KEYWORDS[code];
  return { path, code, ...(say ? say(params) : { key: 'verbatim', params: { text: message } }) };
}
