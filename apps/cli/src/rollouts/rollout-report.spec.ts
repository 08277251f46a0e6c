import type { RolloutView } from './rollouts-api.js';
import { exitCodeOf, isSettled, planReport, progressOf, reportOf } from './rollout-report.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const NONE = { waiting: 0, underWay: 0, good: 0, bad: 0, absent: 0, skipped: 0 };
const WAVE = { size: 5, gate: 'auto' as const, begunAt: null, provenAt: null, passedAt: null, counts: NONE };

const rollout = (fields: Partial<RolloutView> = {}): RolloutView => ({
  id: 'r-1',
  tenant: 'default',
  name: 'Holidays',
  state: 'running',
  release: '2.0',
  size: 10,
  counts: { ...NONE, waiting: 10 },
  wave: 0,
  waves: [{ ...WAVE, begunAt: '2026-01-01T11:00:00Z' }, WAVE],
  proof: { settle: 300 },
  cause: null,
  stoppedDps: [],
  eta: null,
  startAt: null,
  requestedBy: 'admin',
  createdAt: '2026-01-01T11:00:00Z',
  endedAt: null,
  causes: [],
  ...fields,
});
const proven = (provenAt: string): RolloutView =>
  rollout({ waves: [{ ...WAVE, gate: 'person', begunAt: provenAt, provenAt }, WAVE] });

describe('the progress of a rollout', () => {
  it('is what has come of its computers, in the wave that is under way', () => {
    const counts = { ...NONE, good: 3, bad: 1, skipped: 1, underWay: 2, waiting: 3 };
    expect(progressOf(rollout({ counts }))).toEqual({
      phase: 'wave 1/2',
      percent: 50,
      detail: '3 good, 1 failed, 2 under way',
    });
  });
});

describe('the exit code of a rollout', () => {
  const failed = { ...NONE, good: 9, bad: 1 };
  it.each([
    [0, 'one that runs well', rollout()],
    [0, 'one that has finished', rollout({ state: 'finished' })],
    [2, 'one of which a computer failed', rollout({ state: 'finished', counts: failed })],
    [3, 'one that stopped', rollout({ state: 'paused', counts: failed })],
    [3, 'one that was aborted', rollout({ state: 'aborted' })],
    [3, 'one whose next wave a person has to begin', proven('2026-01-01T11:55:00Z')],
    [0, 'one whose wave has still to stay as it is', proven('2026-01-01T11:55:01Z')],
  ])('is %i for %s', (code, _, view) => {
    expect(exitCodeOf(view, NOW)).toBe(code);
    // what cannot go on by itself is not waited for
    expect(isSettled(view, NOW)).toBe(code !== 0 || view.state === 'finished');
  });
});

describe('the report of a rollout', () => {
  it('says what stopped it, with the commonest causes and their output, and what to do', () => {
    const output = `${'x\n'.repeat(9)}Fatal \u001b[2Jerror`;
    const cause = { code: 'INSTALLER_FAILED', phase: 'install', count: 3, output, hint: { en: 'Read it.' } };
    const text = reportOf(
      rollout({
        state: 'paused',
        cause: { kind: 'stop', text: '3 of 4 failed.', note: null },
        counts: { ...NONE, good: 1, bad: 3, underWay: 1, waiting: 5 },
        waves: [
          {
            ...WAVE,
            begunAt: '2026-01-01T11:00:00Z',
            counts: { ...NONE, good: 1, bad: 3, underWay: 1 },
          },
          WAVE,
        ],
        stoppedDps: [{ dp: 'north', evidence: { failures: 3, results: 3, code: 'INSTALLER_FAILED' } }],
        causes: Array.from({ length: 4 }, () => cause),
      }),
      NOW,
    );
    expect(text).toContain('rollout r-1 "Holidays": paused');
    expect(text).toContain('  3 of 4 failed.\n  stopped at DP north: 3 of 3 failed, INSTALLER_FAILED\n');
    expect(text).toContain('  wave 1 of 5: under way; 1 good, 3 failed, 1 under way\n  wave 2 of 5: waits\n');
    expect(text).toContain('    3 × INSTALLER_FAILED (install): Read it.\n      | x\n');
    expect(text).toContain('      | Fatal \ufffd[2Jerror\n');
    expect(text).toContain('    and 1 more kinds');
    expect(text).toMatch(/To go on: relaypoint rollout resume r-1; .* relaypoint rollout abort r-1\n$/);
  });

  it('says of a plan what is in the way, and of whom', () => {
    const plan = planReport({
      tenant: 'default',
      release: null,
      size: 12,
      waves: [1, 11],
      dps: [{ dp: 'north', count: 12, enabled: true, isSilent: true, windowOpensAt: '2026-01-01T20:00:00' }],
      obstacles: [{ isLeftOut: true, count: 6, names: ['A', 'B'], text: '6 are released already.' }],
    });
    expect(plan.split('\n')).toEqual([
      '12 computers of tenant default, client version of the settings',
      '  waves: 1, 11',
      '  DP north: 12; does not ask for orders, can begin at 2026-01-01 20:00',
      '  in the way:',
      '    6 are released already. (A, B, …); left out',
      '',
    ]);
  });
});
