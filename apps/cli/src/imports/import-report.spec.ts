import { ProgressBar } from '../terminal/progress-bar.js';
import type { RunView } from './imports-api.js';
import { exitCodeOf, progressOf, reportOf } from './import-report.js';

const run = (fields: Partial<RunView> = {}): RunView => ({
  id: 'run-1',
  tenant: 'default',
  state: 'previewed',
  undecided: 0,
  counts: { rows: 0, new: 0, known: 0, changed: 0, excluded: 0, rejected: 0, warned: 0, missing: 0 },
  progress: { phase: 'reading', done: 0, percent: 0 },
  fault: null,
  columns: [],
  messages: [],
  summary: null,
  undo: null,
  ...fields,
});

class Terminal {
  text = '';
  constructor(readonly isTTY: boolean) {}
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

describe('the progress bar', () => {
  const reading = run({ state: 'reading', progress: { phase: 'reading', done: 500, percent: 50 } });
  const half = `reading    [${'#'.repeat(15)}${'.'.repeat(15)}]  50 %  500 rows`;

  it('is drawn over and over on the same line of a terminal, and taken away', () => {
    const terminal = new Terminal(true);
    const bar = new ProgressBar(terminal, true);
    bar.show(progressOf(reading));
    bar.show(progressOf(run({ state: 'queued', progress: { phase: 'waiting', done: 0, percent: null } })));
    expect(terminal.text.split('\r')).toEqual([
      '',
      `${half}\u001b[K`,
      expect.stringMatching(/^waiting .* 0 %/),
    ]);
    bar.clear();
    expect(terminal.text.endsWith('\r\u001b[K')).toBe(true);
  });

  it.each([
    ['a file or a pipe', false, true],
    ['somebody who wants JSON', true, false],
  ])('is nothing for %s', (_, isTTY, wanted) => {
    const terminal = new Terminal(isTTY);
    const bar = new ProgressBar(terminal, wanted);
    bar.show(progressOf(reading));
    bar.clear();
    expect(terminal.text).toBe('');
  });
});

describe('the report', () => {
  it('says of a preview how to take it', () => {
    const counts = { rows: 9, new: 4, known: 1, changed: 1, excluded: 1, rejected: 2, warned: 3, missing: 5 };
    expect(reportOf(run({ counts, messages: [{ text: 'Two rows name no DP.' }] })).split('\n')).toEqual([
      'import run-1: previewed',
      '  9 rows: 4 new, 1 changed, 1 known, 1 excluded, 2 rejected; 3 with warnings',
      '  5 known computers are missing; they stay',
      '  Two rows name no DP.',
      '  To take it: relaypoint import commit run-1',
      '',
    ]);
  });

  it('gives the reasons of the first rejected rows, which cannot steer the terminal', () => {
    const counts = { rows: 9, new: 6, known: 0, changed: 0, excluded: 0, rejected: 3, warned: 3, missing: 0 };
    const summary = { created: 5, changed: 0, known: 0, rejected: 1 };
    const error = (text: string) => ({ severity: 'error', text });
    const rejected = [
      { name: '12345', messages: [error('Line 4: digits only'), { severity: 'warning', text: 'hm' }] },
      { name: '\u009b2J', messages: [error('Line 7: not a name: \u001b[2J'), error('no DP')] },
    ];
    expect(reportOf(run({ state: 'committed', counts, summary }), rejected).split('\n')).toEqual([
      'import run-1: committed',
      '  9 rows: 6 new, 0 changed, 0 known, 0 excluded, 3 rejected; 3 with warnings',
      '  taken: 5 created, 0 changed, 0 known by then, 1 rejected by then',
      '  rejected:',
      '    12345: Line 4: digits only',
      '    \ufffd2J: Line 7: not a name: \ufffd[2J; no DP',
      '    and 2 more: relaypoint import status run-1 --rejected FILE',
      '',
    ]);
  });

  it('says of an undo what was kept, why, and names the first ones', () => {
    const undo = {
      at: '2026-01-01T00:00:00Z',
      deleted: 7,
      gone: 1,
      kept: 4,
      reasons: { released: 3, registered: 1 },
      examples: [
        { name: 'PC-1', reason: 'released' as const },
        { name: 'PC-2', reason: 'registered' as const },
        { name: 'PC-3', reason: 'released' as const },
      ],
    };
    expect(reportOf(run({ state: 'undone', undo })).split('\n')).toEqual([
      'import run-1: undone',
      '  undo: 7 deleted, 4 kept, 1 gone before',
      '    kept because released: PC-1, PC-3 and 1 more',
      '    kept because registered: PC-2',
      '',
    ]);
  });

  it('shows the columns of a file without a name column, and how to go on', () => {
    const columns = [
      { index: 0, header: 'Kiste', samples: ['a', 'b'] },
      { index: 1, header: null, samples: [] },
    ];
    const fault = { code: 'NO_NAME_COLUMN', text: 'No column looks like a name.', line: null };
    const text = reportOf(run({ state: 'failed', fault, columns }));
    expect(text).toContain('NO_NAME_COLUMN: No column looks like a name.');
    expect(text).toContain('      0  Kiste  "a", "b"\n');
    expect(text).toContain('relaypoint import read run-1 --columns name=0');
  });
});

describe('the exit code', () => {
  const { counts } = run();
  const fault = { code: 'INTERNAL', text: 'tries again', line: null };
  const summary = { created: 1, changed: 0, known: 0, rejected: 1 };
  it.each([
    [0, 'all taken', run()],
    [1, 'failed', run({ state: 'failed' })],
    [1, 'a commit that does not move', run({ state: 'committing', fault })],
    [2, 'rows rejected by the preview', run({ counts: { ...counts, rejected: 1 } })],
    [2, 'rows rejected by the commit', run({ state: 'committed', summary })],
  ])('is %i for %s', (code, _, view) => expect(exitCodeOf(view)).toBe(code));
});
