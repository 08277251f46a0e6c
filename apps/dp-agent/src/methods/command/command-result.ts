import { z } from 'zod';
import { type Outcome, outcomeOf, type ExitCodes } from '../../computer/outcome.js';
import type { TriedAccount } from '../../computer/method.js';
import { classify, DONE_CODES } from '../../failures/failure-table.js';
import { type FailureCode, type NativeSign, type Phase, StepFailed } from '../../failures/failure.js';

const text = z.string().max(4000);
const native = z.object({ system: text, code: text, text });
const result = z.object({
  result: text.optional(),
  /** On Windows any of 32 bits, read as signed or not. */
  exitCode: z.int().optional(),
  failure: z
    .object({ code: z.string().regex(/^[A-Z][A-Z0-9_]{1,63}$/), native: native.optional() })
    .optional(),
  native: native.optional(),
  phase: z.enum(['reach', 'auth', 'stage', 'check', 'install', 'restart']).optional(),
  accounts: z
    .array(z.object({ account: text, result: text }))
    .max(50)
    .optional(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  log: z.string().optional(),
});

/** What a command left when it had ended. */
export interface CommandEnd {
  /** Its own exit code. */
  readonly code: number;
  /** Standard output: one JSON object. */
  readonly said: string;
  /** Standard error. */
  readonly output: string;
}

/** What that means for the order, and what else the command had to tell. */
export interface CommandTold {
  readonly ending: Outcome;
  readonly accounts: readonly TriedAccount[];
  readonly facts: Readonly<Record<string, string>>;
}

/** Reads the result of a command; one that cannot be read is never taken for success. */
export function readResult(end: CommandEnd, codes: ExitCodes): CommandTold {
  const told = parsed(end.said);
  if (!told) {
    const sign = { system: 'command', code: `${end.code}`, text: tail(end.output || end.said) };
    const code = end.code === 0 ? 'OUTCOME_UNKNOWN' : classify(sign, 'install');
    return { ending: failed('install', code, sign, end.output), accounts: [], facts: {} };
  }
  const facts = Object.entries(told.facts ?? {}).map(([name, value]): [string, string] => [name, `${value}`]);
  return {
    ending: endingBy(told, end, codes),
    accounts: told.accounts ?? [],
    facts: Object.fromEntries(facts),
  };
}

function endingBy(told: z.infer<typeof result>, end: CommandEnd, codes: ExitCodes): Outcome {
  const log = told.log ?? end.output;
  const phase = told.phase ?? 'install';
  if (told.failure) {
    // the wire allows codes that this agent does not know; the server keeps those as UNKNOWN with their text
    const code = told.failure.code as FailureCode;
    return failed(phase, code, told.failure.native ?? told.native ?? null, log);
  }
  if (told.native) return failed(phase, classify(told.native, phase), told.native, log);
  if (told.exitCode !== undefined) return outcomeOf({ is: 'ended', code: told.exitCode }, log, codes, null);
  if (end.code === 0 && (told.result === 'OK' || DONE_CODES.has(told.result ?? '')))
    return { state: 'succeeded', result: told.result ?? 'OK', log };
  const sign = { system: 'command', code: told.result ?? `${end.code}`, text: tail(log || end.said) };
  return failed(phase, end.code === 0 ? 'OUTCOME_UNKNOWN' : classify(sign, phase), sign, log);
}

function failed(phase: Phase, code: FailureCode, sign: NativeSign | null, log: string): Outcome {
  return { state: 'failed', failure: new StepFailed(phase, code, sign), log };
}

function parsed(said: string): z.infer<typeof result> | null {
  try {
    return result.safeParse(JSON.parse(said)).data ?? null;
  } catch {
    return null;
  }
}

const tail = (words: string): string => words.trim().slice(-1000);
