import { DomainError } from '../base/errors.js';
import type { ImportRow, ImportRun } from './import-run.js';
import type { NamesakeDecision } from './namesake.js';

/** Lines that can be decided one by one in a run; above that, all of them at once. */
const MOST_DECIDED_LINES = 10_000;

type Decided = Pick<ImportRun, 'decisions'>;

/** Finds what was decided on each row of a run; null: it waits for a decision. Rows without a namesake need none. */
export function decisionsOf({ decisions }: Decided): (row: ImportRow) => NamesakeDecision | null {
  const byLine = new Map(decisions?.lines.map(({ line, decision }) => [line, decision]));
  return (row) => (row.namesake ? (byLine.get(row.line) ?? decisions?.rest ?? null) : 'other');
}

/** How many rows wait for a decision; a commit leaves them out. */
export function undecidedOf({ counts, decisions }: Pick<ImportRun, 'counts' | 'decisions'>): number {
  if (decisions?.rest) return 0;
  return Math.max(0, (counts.namesakes ?? 0) - (decisions?.lines.length ?? 0));
}

/**
 * A person decides on rows with a namesake.
 *
 * @param lines of rows that have one; null: all that nobody has decided on
 * @returns the run itself when all of it has been decided so before
 * @throws DomainError WRONG_STATE when there is no preview, or too many are decided one by one
 */
export function decideNamesakes(
  run: ImportRun,
  decision: NamesakeDecision,
  lines: readonly number[] | null,
): ImportRun {
  if (run.state !== 'previewed') {
    throw new DomainError('WRONG_STATE', 'import.decideNeedsPreview', { state: run.state });
  }
  const before = run.decisions ?? { lines: [], rest: null };
  if (lines === null) {
    return before.rest === decision ? run : { ...run, decisions: { ...before, rest: decision } };
  }
  const known = new Map(before.lines.map((one) => [one.line, one.decision]));
  if (lines.every((line) => known.get(line) === decision)) return run;
  const decided = new Set(lines);
  const kept = before.lines.filter(({ line }) => !decided.has(line));
  if (kept.length + decided.size > MOST_DECIDED_LINES) {
    throw new DomainError('WRONG_STATE', 'import.tooManyDecisions', { most: MOST_DECIDED_LINES });
  }
  return {
    ...run,
    decisions: { ...before, lines: [...kept, ...[...decided].map((line) => ({ line, decision }))] },
  };
}
