import type { DpId, ImportRunId, TenantId } from '../base/ids.js';
import { faultsOfMoves } from '../base/state-machine.js';
import { IMPORT_TRANSITIONS, IMPORT_STATES, type ImportRun, type ImportState } from './import-run.js';
import {
  askImportCommit,
  askImportDiscard,
  askImportReadAgain,
  askImportUndo,
  importCommitted,
  importFailed,
  importStuck,
  importPreviewed,
  importUndone,
  importWork,
  newImportRun,
  takeOverImport,
  type ImportOutcome,
} from './import-transition.js';

const NOW = new Date('2026-03-01T10:00:00Z');

const queued = newImportRun(
  {
    id: 'run-1' as ImportRunId,
    tenant: 'default' as TenantId,
    source: 'csv',
    dp: 'site-a' as DpId,
    file: { blob: 'b', name: 'x.csv', size: 10 },
    directory: null,
    options: {},
    requestedBy: 'anna',
  },
  NOW,
);
const moved = (outcome: ImportOutcome): ImportRun => {
  if (!outcome.changed) throw new Error('no change');
  return outcome.run;
};
const reading = takeOverImport(queued, 'importer-1', NOW);
const previewed = importPreviewed(
  { ...reading, storedLine: 9, counts: { ...reading.counts, rows: 4, new: 3, changed: 1 } },
  NOW,
);
const committing = moved(askImportCommit(previewed, {}, NOW));
const committed = importCommitted(
  { ...committing, summary: { created: 3, changed: 1, known: 0, rejected: 0, at: NOW } },
  NOW,
);
const undoing = moved(askImportUndo(committed, 'anna', NOW));
const undone = importUndone(undoing, NOW);
const failed = importFailed(reading, { code: 'NO_NAME_COLUMN', text: '', line: null }, NOW);
const discarded = moved(askImportDiscard(previewed, NOW));

const IN_STATE: Record<ImportState, ImportRun> = {
  queued,
  reading,
  previewed,
  committing,
  committed,
  undone,
  failed,
  discarded,
};

test('the table of moves has no dead end and no state out of reach', () => {
  expect(faultsOfMoves(IMPORT_TRANSITIONS, 'queued')).toEqual([]);
});

/** What asking does in each state: the next state, "same", or the code of the refusal. */
const ANSWERS: Record<
  string,
  { ask: (run: ImportRun) => ImportOutcome; answers: Record<ImportState, string> }
> = {
  commit: {
    ask: (run) => askImportCommit(run, {}, NOW),
    answers: {
      queued: 'WRONG_STATE',
      reading: 'WRONG_STATE',
      previewed: 'committing',
      committing: 'same',
      committed: 'same',
      undone: 'WRONG_STATE',
      failed: 'WRONG_STATE',
      discarded: 'WRONG_STATE',
    },
  },
  undo: {
    ask: (run) => askImportUndo(run, 'anna', NOW),
    answers: {
      queued: 'WRONG_STATE',
      reading: 'WRONG_STATE',
      previewed: 'WRONG_STATE',
      committing: 'WRONG_STATE',
      committed: 'committed',
      undone: 'same',
      failed: 'WRONG_STATE',
      discarded: 'WRONG_STATE',
    },
  },
  discard: {
    ask: (run) => askImportDiscard(run, NOW),
    answers: {
      queued: 'discarded',
      reading: 'discarded',
      previewed: 'discarded',
      committing: 'WRONG_STATE',
      committed: 'WRONG_STATE',
      undone: 'WRONG_STATE',
      failed: 'discarded',
      discarded: 'same',
    },
  },
  'read again': {
    ask: (run) => askImportReadAgain(run, { header: false }, NOW),
    answers: {
      queued: 'WRONG_STATE',
      reading: 'WRONG_STATE',
      previewed: 'queued',
      committing: 'WRONG_STATE',
      committed: 'WRONG_STATE',
      undone: 'WRONG_STATE',
      failed: 'queued',
      discarded: 'WRONG_STATE',
    },
  },
};

describe.each(Object.keys(ANSWERS))('asking to %s', (wish) => {
  test.each(IMPORT_STATES)('when it is %s', (state) => {
    const { ask, answers } = ANSWERS[wish]!;
    const expected = answers[state];
    const run = IN_STATE[state];
    if (expected === 'WRONG_STATE') return expect(() => ask(run)).toThrow(/WRONG_STATE: import\./);
    const outcome = ask(run);
    if (expected === 'same') return expect(outcome).toEqual({ changed: false });
    expect(moved(outcome).state).toBe(expected);
    const moves: readonly ImportState[] = IMPORT_TRANSITIONS[state];
    expect(expected === state || moves.includes(expected as ImportState)).toBe(true);
  });
});

test('an undo that is under way goes on as it is, and its run is not committed again', () => {
  expect(askImportUndo(undoing, 'bert', NOW)).toEqual({ changed: false });
  expect(() => askImportCommit(undoing, {}, NOW)).toThrow('WRONG_STATE');
});

describe('what an importer is to do', () => {
  test.each([
    ['queued', queued, 'read'],
    ['reading', reading, 'read'],
    ['previewed', previewed, 'nothing'],
    ['committing', committing, 'commit'],
    ['committed', committed, 'nothing'],
    ['committed and to be undone', undoing, 'undo'],
    ['undone', undone, 'nothing'],
    ['failed', failed, 'nothing'],
    ['discarded', discarded, 'discard'],
    ['discarded and cleaned up', { ...discarded, file: null, storedLine: 0 }, 'nothing'],
  ] as const)('%s: %s', (_, run, work) => expect(importWork(run)).toBe(work));
});

test('whoever takes a run over gets a higher turn, and goes on where it was', () => {
  const half = { ...reading, storedLine: 1001 };
  expect(takeOverImport(half, 'importer-2', NOW)).toMatchObject({
    state: 'reading',
    worker: { importer: 'importer-2', turn: 2 },
    storedLine: 1001,
  });
  expect(takeOverImport(committing, 'importer-2', NOW).state).toBe('committing');
});

test('half a commit that came upon a fault says so, keeps what is done, and forgets the fault when it goes on', () => {
  const half = { ...committing, storedLine: 1001 };
  const stuck = importStuck(half, { code: 'INTERNAL', text: 'why', line: null }, NOW);
  expect(stuck).toMatchObject({ state: 'committing', storedLine: 1001, fault: { text: 'why' } });
  expect([stuck.counts, importWork(stuck)]).toEqual([committing.counts, 'commit']);
  expect(takeOverImport(stuck, 'importer-2', NOW).fault).toBeNull();
});

test('a second try forgets what the first one found, and keeps the upload', () => {
  const again = moved(askImportReadAgain(failed, { columns: { name: 1 } }, NOW));
  expect(again).toMatchObject({
    fault: null,
    storedLine: 0,
    file: { blob: 'b' },
    options: { columns: { name: 1 } },
  });
  expect(() => askImportReadAgain({ ...failed, file: null }, {}, NOW)).toThrow('file.gone');
});

describe('a directory that lost computers', () => {
  const lost = (missing: number): ImportRun => ({
    ...previewed,
    source: 'ad',
    knownBefore: 10,
    counts: { ...previewed.counts, missing },
  });

  test('up to 30 % are taken as they are', () => {
    expect(askImportCommit(lost(3), {}, NOW).changed).toBe(true);
  });
  test('more than that need confirmDrop, at the commit or in the options', () => {
    expect(() => askImportCommit(lost(4), {}, NOW)).toThrow('import.confirmDrop {"missing":4,"known":10}');
    expect(moved(askImportCommit(lost(4), { confirmDrop: true }, NOW)).options.confirmDrop).toBe(true);
    const confirmed = { ...lost(4), options: { confirmDrop: true } };
    expect(askImportCommit(confirmed, {}, NOW).changed).toBe(true);
  });
});

test('what a policy has left is committed by a second word, and counted on', () => {
  const first = moved(askImportCommit(previewed, { takes: 'unwarned' }, NOW));
  expect(first.takes).toBe('unwarned');
  const summary = { created: 2, changed: 1, known: 0, rejected: 0, skipped: 1, at: NOW };
  const half = importCommitted({ ...first, summary, storedLine: 9 }, NOW);
  const rest = moved(askImportCommit(half, {}, NOW));
  expect(rest).toMatchObject({
    state: 'committing',
    takes: 'left',
    storedLine: 0,
    endedAt: null,
    summary: { created: 2, skipped: 0 },
    progress: { total: 1 },
  });
  expect(askImportCommit(importCommitted(rest, NOW), {}, NOW).changed).toBe(false);
});
