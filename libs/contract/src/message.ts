import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';

/** One fault of a message: where, which rule, a sentence. */
export interface ContractFault {
  /** Path such as `reports[0].state`; empty for the whole message. */
  path: string;
  code: string;
  /** In English, for logs. */
  message: string;
  /** What the rule asks for, as ajv names it: `limit`, `allowedValues`, `type`. */
  params: Readonly<Record<string, unknown>>;
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

const RULES = { coerceTypes: false, removeAdditional: false, strict: true } as const;
/** Finds the first fault, or every one. */
interface Finders {
  readonly first: Ajv;
  readonly every: Ajv;
}
const STRICT: Finders = {
  first: new Ajv({ ...RULES, allErrors: false }),
  every: new Ajv({ ...RULES, allErrors: true }),
};
const LENIENT: Finders = {
  first: new Ajv({ ...RULES, removeAdditional: true, allErrors: false }),
  every: new Ajv({ ...RULES, removeAdditional: true, allErrors: true }),
};

/** Faults named at most; whoever sends more of them mends the first ones first. */
const MOST_FAULTS = 100;
/** Values of a message beyond which only its first fault is named: looking for all would cost whoever receives it. */
const MANY_VALUES = 10_000;

/** Compiles a message once; `T` must describe what `schema` accepts (each message has an example in the tests). */
export function defineMessage<T>(name: string, schema: JsonSchema): Message<T> {
  return messageOf(name, schema, STRICT);
}

/**
 * As {@link defineMessage}, for what programs of ours say to each other: fields that the schema does not know are taken out
 * of the message, because a program of the next version may say more (docs/adr/0035-one-version-beside-the-next.md).
 */
export function defineOwnMessage<T>(name: string, schema: JsonSchema): Message<T> {
  return messageOf(name, schema, LENIENT);
}

function messageOf<T>(name: string, schema: JsonSchema, finders: Finders): Message<T> {
  let check: ((value: unknown) => ContractFault[]) | undefined;
  return {
    name,
    schema,
    parse(value) {
      check ??= faultFinder(schema, finders);
      const faults = check(value);
      if (faults.length > 0) throw new ContractViolation(name, faults);
      return value as T;
    },
  };
}

/**
 * What finds the faults of a message. Work and memory are bounded by what a good message costs, however a bad one is
 * made: a list that is too long is refused without a look at what is in it.
 *
 * @returns a function that gives no faults for a good message
 */
export function faultFinder(
  schema: JsonSchema,
  { first, every }: Finders = STRICT,
): (value: unknown) => ContractFault[] {
  let quick: ValidateFunction | undefined;
  let thorough: ValidateFunction | undefined;
  return (value) => {
    quick ??= first.compile(schema);
    if (quick(value)) return [];
    if (hasMoreValues(value, MANY_VALUES)) return faultsOf(quick.errors ?? []);
    thorough ??= every.compile(schema);
    thorough(value);
    return faultsOf((thorough.errors ?? []).slice(0, MOST_FAULTS));
  };
}

function hasMoreValues(value: unknown, most: number): boolean {
  const open = [value];
  for (let seen = 0; open.length > 0; seen += 1) {
    if (seen + open.length > most) return true;
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const inside: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (inside.length > most) return true;
    open.push(...inside);
  }
  return false;
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
      params: error.params as Record<string, unknown>,
    };
  });
}

function innerPath(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  if (error.keyword === 'additionalProperties') return String(params['additionalProperty']);
  if (error.keyword === 'required') return String(params['missingProperty']);
  return '';
}
