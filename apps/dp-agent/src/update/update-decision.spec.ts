import { nextStep, type UpdateFacts, type UpdateFailure } from './update-decision.js';

const NOW = Date.parse('2026-03-02T08:00:00Z');
const MINUTE = 60_000;

const step = (facts: Partial<UpdateFacts>) =>
  nextStep({
    wanted: { version: '0.10.0', downgrade: false },
    running: '0.9.0',
    hasLauncher: true,
    ready: null,
    failure: undefined,
    now: NOW,
    ...facts,
  });
const failed = (minutesAgo: number, count = 1): UpdateFailure => ({
  code: 'DOCTOR',
  text: '',
  at: new Date(NOW - minutesAgo * MINUTE).toISOString(),
  count,
});

describe('what an agent does about the version that is wanted of it', () => {
  it('stays as it is when nothing is wanted, nobody speaks of it, or it runs already', () => {
    expect(step({ wanted: null })).toBe('stay');
    expect(step({ wanted: undefined })).toBe('stay');
    expect(step({ running: '0.10.0' })).toBe('stay');
  });

  it('fetches a newer one, and starts it once it is there', () => {
    expect(step({})).toBe('fetch');
    expect(step({ ready: '0.9.5' })).toBe('fetch');
    expect(step({ ready: '0.10.0' })).toBe('switch');
  });

  it('goes back only when an older one was named', () => {
    const older = { version: '0.8.0', downgrade: false };
    expect(step({ wanted: older })).toBe('stay');
    expect(step({ wanted: { ...older, downgrade: true } })).toBe('fetch');
    expect(step({ wanted: { version: '0.9.0-rc.1', downgrade: false } })).toBe('stay');
  });

  it('says so where nothing would start another version', () => {
    expect(step({ hasLauncher: false })).toBe('refuse');
  });

  it.each([
    [1, 14, 'hold-off'],
    [1, 16, 'fetch'],
    [2, 59, 'hold-off'],
    [2, 61, 'fetch'],
    [9, 23 * 60, 'hold-off'],
    [9, 25 * 60, 'fetch'],
  ])('after %i failures, the last one %i min ago: %s', (count, minutes, expected) => {
    expect(step({ failure: failed(minutes, count) })).toBe(expected);
  });

  it('is not held off for years by a clock that was ahead', () => {
    expect(step({ failure: failed(-60 * 24 * 365) })).toBe('fetch');
  });
});
