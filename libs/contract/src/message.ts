import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/** One fault of a message: where, which rule, a sentence. */
export interface ContractFault {
  /** Path such as `reports[0].state`; empty for the whole message. */
  path: string;
  code: string;
  message: string;
}

/** A message does not keep the contract; names every fault. Such a message is never retried. */
export class ContractViolation extends Error {
  override readonly name = 'ContractViolation';

  constructor(
    readonly messageName: string,
    readonly faults: readonly ContractFault[],
  ) {
    super(`${messageName}: ${faults.map((f) => `${f.path || 'message'} ${f.message}`).join('; ')}`);
  }
}

/** JSON Schema of one message, for HTTP routes, OpenAPI and queues alike. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A message of the wire: its schema, and the one way from `unknown` to its type. */
export interface Message<T> {
  readonly name: string;
  readonly schema: JsonSchema;
  /** @throws ContractViolation naming every fault */
  parse(value: unknown): T;
}

const ajv = new Ajv({ allErrors: true, coerceTypes: false, removeAdditional: false, strict: true });

/** Compiles a message once; `T` must describe what `schema` accepts (each message has an example in the tests). */
export function defineMessage<T>(name: string, schema: JsonSchema): Message<T> {
  let validate: ValidateFunction<T> | undefined;
  return {
    name,
    schema,
    parse(value) {
      validate ??= ajv.compile<T>(schema);
      if (validate(value)) return value;
      throw new ContractViolation(name, faultsOf(validate.errors ?? []));
    },
  };
}

/** Turns ajv's errors into faults with paths as the admin API writes them. */
export function faultsOf(errors: readonly ErrorObject[]): ContractFault[] {
  return errors.map((error) => {
    const path = error.instancePath
      .split('/')
      .slice(1)
      .reduce(
        (before, part) => (/^\d+$/.test(part) ? `${before}[${part}]` : before ? `${before}.${part}` : part),
        '',
      );
    const inner = innerPath(error);
    return {
      path: inner ? (path ? `${path}.${inner}` : inner) : path,
      code: error.keyword,
      message:
        error.keyword === 'additionalProperties' ? 'is not a known field' : (error.message ?? 'is not valid'),
    };
  });
}

function innerPath(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') return String(params['additionalProperty']);
  if (error.keyword === 'required') return String(params['missingProperty']);
  return '';
}
