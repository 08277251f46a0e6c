import type { Report } from '#contract';

/** The literals of a union that also allows any other text. */
type Literals<T> = T extends string ? (string extends T ? never : T) : never;

/** Codes of the failure list (docs/failures.md); the wire allows more, this agent says only these. */
export type FailureCode = Literals<NonNullable<Report['failure']>['code']>;
/** The way of an order. */
export type Phase = NonNullable<Report['phase']>;

/** The sign that a failure was told by: which system said it, its own code, its words. */
export interface NativeSign {
  system: string;
  code: string;
  text: string;
}

/** A step of an order failed for a known reason; caught in one place, where it becomes the order's report. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(
    readonly phase: Phase,
    readonly code: FailureCode,
    readonly native: NativeSign | null = null,
  ) {
    super(`${code} in ${phase}${native ? `: ${native.text}` : ''}`);
  }
}

/** The connection to the computer ended before the outcome was seen: neither success nor failure. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';

  /** @param system what the connection was, as native signs name it */
  constructor(
    readonly why: string,
    readonly system = 'ssh',
  ) {
    super(`connection lost: ${why}`);
  }
}
