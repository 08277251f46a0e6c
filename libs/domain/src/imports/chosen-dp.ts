import type { AssignmentRuleId, DpId, ImportProfileId } from '../base/ids.js';
import type { Assigned } from './assignment-rule.js';

/** What may have chosen the DP of a row, in the order in which it counts; `computer`: one that is known keeps its DP. */
export const CHOOSERS = ['mapping', 'column', 'rule', 'run', 'computer', 'none'] as const;
export type Chooser = (typeof CHOOSERS)[number];

/** What chose the DP of a row. */
export interface AssignedBy {
  by: Chooser;
  rule: AssignmentRuleId | null;
  /** The rule's name, or the column's heading. */
  name: string | null;
  /** What stood in the column. */
  value: string | null;
}

/** What becomes of rows for which nothing chose a DP. */
export const WITHOUT_DP = ['server', 'reject'] as const;
export type WithoutDp = (typeof WITHOUT_DP)[number];

/** Where rows with a value in a column go. */
export interface MappedValue extends Assigned {
  value: string;
}

/** Says by the values of one column which DP rows get; a value that is not there may still be a DP's id or name. */
export interface ValueMapping {
  /** Index from 0, the column's heading, or what it holds. */
  column: number | string;
  values: readonly MappedValue[];
}

/** Values of one mapping. */
export const MOST_MAPPED_VALUES = 5_000;

/** Rows that one thing gave to one DP. */
export interface ChosenRows {
  by: Chooser;
  rule: AssignmentRuleId | null;
  /** The rule's name, or the column's heading. */
  name: string | null;
  dp: DpId | null;
  rows: number;
}

/** Rows that a rule matched, and another one had them first. */
export interface RuleOverlap {
  rule: AssignmentRuleId;
  name: string;
  rows: number;
  /** The first of these rows. */
  line: number;
}

/** How a rule fared with the rows of a run. */
export interface RuleTally {
  rule: AssignmentRuleId;
  name: string;
  /** Rows that it matches. */
  matched: number;
  /** Rows whose DP it chose. */
  won: number;
  /** Those that chose before it where it matches as well; the first few. */
  overlaps: readonly RuleOverlap[];
}

/** What chose the DPs of a run, and by which state of the rules. */
export interface RunAssignment {
  /** Stands for the rules and the profile as they were when the run was read. */
  stamp: string;
  profile: { id: ImportProfileId; name: string } | null;
  /** What the headings of the file have in common with the next file of its kind; null: it has none. */
  shape: string | null;
  chosen: readonly ChosenRows[];
  rules: readonly RuleTally[];
}
