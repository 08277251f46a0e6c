import type { ComputerId } from '../base/ids.js';

/**
 * Who else may be the computer of a new row, by its name: a known computer, else an earlier row. Whether it is the same one
 * or another, of another domain for one, a person has to say.
 */
export interface Namesake {
  computer: ComputerId | null;
  line: number | null;
}

/** What a person says of a row and its {@link Namesake}: they are the same computer, or the row is another one. */
export const NAMESAKE_DECISIONS = ['same', 'other'] as const;
export type NamesakeDecision = (typeof NAMESAKE_DECISIONS)[number];

/** Decisions on one run. */
export interface NamesakeDecisions {
  lines: readonly { line: number; decision: NamesakeDecision }[];
  /** For rows that are not among `lines`; null: nobody has decided on them. */
  rest: NamesakeDecision | null;
}
