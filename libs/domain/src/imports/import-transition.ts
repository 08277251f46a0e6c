import type { TextKey } from '#texts';
import { DomainError, mustBe } from '../base/errors.js';
import { WITHOUT_DP, type WithoutDp } from './chosen-dp.js';
import { NO_COUNTS, type ImportProgress, type ImportRun, type ImportTakes } from './import-run.js';
import { DROP_LIMIT, type ImportOptions } from './import-options.js';
import { decideNamesakes } from './import-decision.js';
import { type NamesakeDecision } from './namesake.js';
import type { ImportFault } from './import-texts.js';

/*
 * Who writes what: the server creates a run and asks for the next step (`ask…`, a guarded write, then the command on
 * the queue). The importer does the step. A command that got lost is made up for by the importers' sweep.
 */

export type ImportOutcome = { changed: true; run: ImportRun } | { changed: false };

const same: ImportOutcome = { changed: false };
const moved = (run: ImportRun): ImportOutcome => ({ changed: true, run });

function wrongState({ state }: ImportRun, key: TextKey): DomainError {
  return new DomainError('WRONG_STATE', key, { state });
}

const waiting = (now: Date): ImportProgress => ({
  phase: 'waiting',
  done: 0,
  total: null,
  percent: null,
  at: now,
});

/** More of the directory's known computers are missing than {@link DROP_LIMIT} allows. */
export function dropsMany({ counts, knownBefore }: Pick<ImportRun, 'counts' | 'knownBefore'>): boolean {
  return knownBefore !== null && counts.missing > DROP_LIMIT * knownBefore;
}

/** Only a commit with `confirmDrop` is taken: the run's own options do not have it. */
export function needsConfirmDrop(run: ImportRun): boolean {
  return dropsMany(run) && !run.options.confirmDrop;
}

/** Whether new rows have no DP, and nobody has said what becomes of them. */
export function needsDpChoice({ counts, options }: Pick<ImportRun, 'counts' | 'options'>): boolean {
  return counts.withoutDp > 0 && options.withoutDp === undefined;
}

/** What is said with a commit; the run's own options count as well. */
export interface CommitConsent {
  /** Take it although many known computers are missing. */
  confirmDrop?: boolean;
  /** What becomes of new rows for which nothing has chosen a DP. */
  withoutDp?: WithoutDp;
  /** Take it as it is previewed, although rules or profile have changed since. */
  confirmAssignment?: boolean;
  /** What holds for rows with a namesake that nobody has decided on; left out: they are not taken. */
  undecided?: NamesakeDecision;
  /**
   * Which rows, where a policy decides: it takes none without a DP that somebody or something has chosen. Absent: all;
   * of a run that a policy has committed, those that it left.
   */
  takes?: ImportTakes;
  /** Stands for rules and profile as they are now, see `RunAssignment`; left out: nobody has looked. */
  stamp?: string;
}

/**
 * An administrator commits a preview.
 *
 * @returns no change when it is being committed, or has been
 * @throws DomainError WRONG_STATE when there is no preview to commit, or it needs `confirmDrop`; DP_UNDECIDED when rows
 *   have no DP and nobody has said what becomes of them; ASSIGNMENT_CHANGED when what chose the DPs is another by now
 */
export function askImportCommit(run: ImportRun, consent: CommitConsent, now: Date): ImportOutcome {
  const { confirmDrop = false, withoutDp, takes, undecided: rest } = consent;
  if (run.state === 'committed' && !run.undo && run.summary?.skipped) {
    if (withoutDp === undefined && needsDpChoice(run)) throw undecided(run);
    return moved(commitOfRest(rest ? decideNamesakes(run, rest, null) : run, withoutDp, now));
  }
  if (run.state === 'committing' || (run.state === 'committed' && !run.undo)) return same;
  if (run.state !== 'previewed') throw wrongState(run, 'import.commitNeedsPreview');
  if (!confirmDrop && needsConfirmDrop(run)) {
    throw new DomainError('WRONG_STATE', 'import.confirmDrop', {
      missing: run.counts.missing,
      known: run.knownBefore ?? 0,
    });
  }
  if (isOvertaken(run, consent)) throw new DomainError('ASSIGNMENT_CHANGED', 'import.assignmentChanged');
  if (takes === undefined && withoutDp === undefined && needsDpChoice(run)) throw undecided(run);
  const total = run.counts.new + run.counts.changed;
  return moved({
    ...(rest ? decideNamesakes(run, rest, null) : run),
    state: 'committing',
    options: { ...run.options, ...(confirmDrop && { confirmDrop }), ...(withoutDp && { withoutDp }) },
    ...(takes && { takes }),
    storedLine: 0,
    summary: { created: 0, changed: 0, known: 0, rejected: 0, at: now },
    progress: { phase: 'committing', done: 0, total, percent: total ? 0 : 100, at: now },
  });
}

/** Rules or profile are not what they were when the run was read: it might say other DPs now. */
function isOvertaken({ assignment }: ImportRun, { stamp, confirmAssignment }: CommitConsent): boolean {
  return !confirmAssignment && stamp !== undefined && assignment !== undefined && assignment.stamp !== stamp;
}

function undecided({ counts }: ImportRun): DomainError {
  const params = { count: counts.withoutDp, rows: counts.new };
  return new DomainError('DP_UNDECIDED', 'import.dpUndecided', params, [
    { path: 'withoutDp', code: 'required', ...mustBe('what.oneOf', { values: [...WITHOUT_DP] }) },
  ]);
}

/** What a policy has left of a run: its counts go on from where they are. */
function commitOfRest(run: ImportRun, withoutDp: WithoutDp | undefined, now: Date): ImportRun {
  const left = run.summary?.skipped ?? 0;
  return {
    ...run,
    state: 'committing',
    takes: 'left',
    options: { ...run.options, ...(withoutDp && { withoutDp }) },
    storedLine: 0,
    summary: run.summary && { ...run.summary, skipped: 0, at: now },
    endedAt: null,
    progress: { phase: 'committing', done: 0, total: left, percent: 0, at: now },
  };
}

/**
 * An administrator throws a preview away. Rows are deleted by the importer.
 *
 * @throws DomainError WRONG_STATE when it is being committed, or has been
 */
export function askImportDiscard(run: ImportRun, now: Date): ImportOutcome {
  if (run.state === 'discarded') return same;
  if (run.state === 'committing' || run.state === 'committed' || run.state === 'undone') {
    throw wrongState(run, 'import.discardTooLate');
  }
  return moved({
    ...run,
    state: 'discarded',
    endedAt: now,
    worker: null,
    progress: { ...run.progress, phase: 'done', at: now },
  });
}

/**
 * An administrator takes a committed import back.
 *
 * @returns no change when it is being undone, or has been
 * @throws DomainError WRONG_STATE when it is not committed
 */
export function askImportUndo(run: ImportRun, by: string, now: Date): ImportOutcome {
  if (run.state === 'undone' || (run.state === 'committed' && run.undo)) return same;
  if (run.state !== 'committed') throw wrongState(run, 'import.undoNeedsCommitted');
  const total = run.summary?.created ?? 0;
  return moved({
    ...run,
    storedLine: 0,
    undo: {
      requestedAt: now,
      requestedBy: by,
      at: null,
      deleted: 0,
      gone: 0,
      kept: 0,
      reasons: { released: 0, registered: 0 },
      examples: [],
    },
    progress: { phase: 'undoing', done: 0, total, percent: total ? 0 : 100, at: now },
  });
}

/**
 * The same upload (or directory) is to be read again with other options, such as `columns`.
 *
 * @throws DomainError WRONG_STATE when it is not previewed or failed, or the upload is gone
 */
export function askImportReadAgain(run: ImportRun, options: ImportOptions, now: Date): ImportOutcome {
  if (run.state !== 'previewed' && run.state !== 'failed') {
    throw wrongState(run, 'import.readAgainNeedsPreview');
  }
  if (run.source === 'csv' && !run.file) {
    throw new DomainError('WRONG_STATE', 'file.gone');
  }
  // read with other options it is a run that somebody asked for
  const { sync: _, takes: __, assignment: ___, decisions: ____, ...asked } = run;
  return moved({
    ...asked,
    state: 'queued',
    options,
    detected: null,
    columns: [],
    fault: null,
    messages: [],
    counts: NO_COUNTS,
    missing: [],
    knownBefore: null,
    progress: waiting(now),
    endedAt: null,
    worker: null,
    storedLine: 0,
  });
}

/** What an importer is to do with a run: nothing when a command is late or repeated. */
export type ImportWork = 'read' | 'commit' | 'undo' | 'discard' | 'nothing';

export function importWork(run: ImportRun): ImportWork {
  if (run.state === 'queued' || run.state === 'reading') return 'read';
  if (run.state === 'committing') return 'commit';
  if (run.state === 'committed' && run.undo && !run.undo.at) return 'undo';
  if (run.state === 'discarded' && (run.storedLine > 0 || run.file)) return 'discard';
  return 'nothing';
}

/** An importer takes the run over; whoever worked on it before loses its next write, and stops. */
export function takeOverImport(run: ImportRun, importer: string, now: Date): ImportRun {
  const reading = run.state === 'queued' || run.state === 'reading';
  return {
    ...run,
    state: reading ? 'reading' : run.state,
    fault: null,
    worker: { importer, turn: (run.worker?.turn ?? 0) + 1 },
    progress: { ...run.progress, phase: reading ? 'reading' : run.progress.phase, at: now },
  };
}

/** Reading is done. */
export function importPreviewed(run: ImportRun, now: Date): ImportRun {
  return {
    ...run,
    state: 'previewed',
    worker: null,
    progress: { phase: 'done', done: run.counts.rows, total: run.counts.rows, percent: 100, at: now },
  };
}

/** The run cannot be read. What was staged of it is deleted by the importer, which counts it no more. */
export function importFailed(run: ImportRun, fault: ImportFault, now: Date): ImportRun {
  return {
    ...run,
    state: 'failed',
    fault,
    counts: NO_COUNTS,
    storedLine: 0,
    worker: null,
    endedAt: now,
    progress: { ...run.progress, phase: 'done', at: now },
  };
}

/**
 * A commit or an undo that came upon a fault of the importer's own. It stays where it is, because half of it cannot be
 * given up, and shows why it does not move; the next importer that takes it over goes on behind the last stored batch.
 */
export function importStuck(run: ImportRun, fault: ImportFault, now: Date): ImportRun {
  return { ...run, fault, progress: { ...run.progress, at: now } };
}

/** Every row that the commit takes has its outcome. */
export function importCommitted(run: ImportRun, now: Date): ImportRun {
  return {
    ...run,
    state: 'committed',
    fault: null,
    summary: run.summary && { ...run.summary, at: now },
    worker: null,
    endedAt: now,
    progress: { ...run.progress, phase: 'done', percent: 100, at: now },
  };
}

/** Every computer of the run has been looked at. */
export function importUndone(run: ImportRun, now: Date): ImportRun {
  return {
    ...run,
    state: 'undone',
    undo: run.undo && { ...run.undo, at: now },
    worker: null,
    endedAt: now,
    progress: { ...run.progress, phase: 'done', percent: 100, at: now },
  };
}

/** A new run as the server stores it. */
export type NewImportRun = Pick<
  ImportRun,
  'id' | 'tenant' | 'source' | 'dp' | 'file' | 'directory' | 'options' | 'requestedBy' | 'sync'
>;

export function newImportRun(facts: NewImportRun, now: Date): ImportRun {
  return {
    ...facts,
    state: 'queued',
    detected: null,
    columns: [],
    fault: null,
    messages: [],
    counts: NO_COUNTS,
    progress: waiting(now),
    missing: [],
    knownBefore: null,
    summary: null,
    undo: null,
    at: now,
    endedAt: null,
    worker: null,
    storedLine: 0,
    revision: 0,
  };
}
