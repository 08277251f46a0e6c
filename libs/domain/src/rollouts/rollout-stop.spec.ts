import fc from 'fast-check';
import { dp, failures, rollout, row, wave } from '../../testing/sample-rollouts.js';
import { stopOf } from './rollout-stop.js';
import type { TallyRow } from './rollout-tally.js';
import type { StopRule, StopScope } from './rollout.js';

const ANY: StopScope = { codes: null, classes: null, phases: null, only: null };
const rule = (fields: Partial<StopRule> = {}): StopRule => ({
  of: ANY,
  share: 10,
  count: null,
  minimum: 10,
  action: 'pause',
  ...fields,
});
const asked = (rows: readonly TallyRow[], stops: readonly StopRule[] = [rule()], fields = {}) =>
  stopOf(rollout({ stops, ...fields }), { rows, started: new Map() });

describe('a share of failures', () => {
  it('stops with enough results, not before', () => {
    expect(asked([row('ready', 6), failures(3)])).toBeNull();
    expect(asked([row('ready', 7), failures(3)])).toMatchObject({
      dp: null,
      action: 'pause',
      evidence: { rule: 0, failures: 3, results: 10, code: 'INSTALLER_FAILED' },
    });
    expect(asked([row('ready', 91), failures(9)])).toBeNull();
  });

  it('counts an attempt that failed although another one comes, and silence', () => {
    expect(asked([row('ready', 8), failures(2, { state: 'failing' })])).not.toBeNull();
    expect(asked([row('ready', 8), row('silent', 2)])).toMatchObject({ evidence: { code: null } });
  });

  it('does not count computers that are off, or who asked to be left out', () => {
    const off = failures(50, { code: 'HOST_UNREACHABLE', phase: 'reach' });
    expect(asked([row('ready', 10), off, row('away', 9), row('skipped', 30), row('waiting', 80)])).toBeNull();
  });

  it('is asked of the present wave alone as well', () => {
    const rows = [row('ready', 500), row('ready', 8, { wave: 1 }), failures(2, { wave: 1 })];
    expect(asked(rows)).toBeNull();
    expect(asked(rows, [rule()], { wave: 1, waves: [wave(500), wave(100)] })).toMatchObject({
      evidence: { failures: 2, results: 10 },
    });
  });

  it('is asked of a whole small wave', () => {
    expect(asked([row('ready', 4)], [rule()], { waves: [wave(5), wave(90)] })).toBeNull();
    expect(asked([row('ready', 4), failures(1)], [rule()], { waves: [wave(5), wave(90)] })).not.toBeNull();
  });

  it('does not count what a person had seen when it was resumed', () => {
    expect(asked([row('ready', 10), failures(30, { fresh: false })])).toBeNull();
  });
});

describe('a rule', () => {
  it.each<[string, Partial<StopScope>, TallyRow, boolean]>([
    ['a code', { codes: ['DISK_FULL'] }, failures(5, { code: 'DISK_FULL', phase: 'stage' }), true],
    ['another code', { codes: ['DISK_FULL'] }, failures(5), false],
    ['a class', { classes: ['backoff'] }, failures(5), true],
    ['another class', { classes: ['brake'] }, failures(5), false],
    ['a phase', { phases: ['install'] }, failures(5), true],
    ['another phase', { phases: ['auth'] }, failures(5), false],
    ['silence', { only: 'silence' }, row('silent', 5), true],
    ['no silence', { only: 'silence' }, failures(5), false],
    ['who never registered', { only: 'unregistered' }, failures(5, { code: 'REGISTER_TIMEOUT' }), true],
    ['who failed otherwise', { only: 'unregistered' }, failures(5), false],
    [
      'computers that are off',
      { phases: ['reach'] },
      failures(5, { code: 'CONNECT_TIMEOUT', phase: 'reach' }),
      true,
    ],
  ])('counts %s', (_, of, bad, stops) => {
    const rules = [rule({ of: { ...ANY, ...of }, share: null, count: 5, minimum: 5, action: 'abort' })];
    const stop = asked([row('ready', 5), bad], rules);
    if (stops) expect(stop).toMatchObject({ action: 'abort', evidence: { failures: 5 } });
    else expect(stop).toBeNull();
  });
});

describe('failures of one DP', () => {
  const bad = failures(8, { dp: dp('south') });

  it('stop its part only, when the others show that they do well', () => {
    expect(asked([row('ready', 20), bad])).toMatchObject({
      dp: 'south',
      evidence: { failures: 8, results: 8 },
    });
  });

  it('stop all, as long as the others have shown too little', () => {
    expect(asked([row('ready', 9), bad])).toMatchObject({ dp: null });
  });

  it('stop all, when another one fails as well', () => {
    expect(asked([row('ready', 18), failures(3), bad])).toMatchObject({ dp: null });
  });

  it('count no more when its part is stopped', () => {
    const stoppedDps = [
      { dp: dp('south'), at: new Date(), evidence: { rule: 0, failures: 8, results: 8, code: null } },
    ];
    expect(asked([row('ready', 20), bad], [rule()], { stoppedDps })).toBeNull();
  });
});

it('never stops without a failure, and always when everything fails at every DP', () => {
  const dps = fc.constantFrom(dp('a'), dp('b'), dp('c'));
  const good = fc.array(fc.record({ dp: dps, count: fc.integer({ min: 1, max: 50 }) }), { maxLength: 6 });
  fc.assert(
    fc.property(good, (rows) => {
      expect(asked(rows.map(({ dp: of, count }) => row('ready', count, { dp: of })))).toBeNull();
      const all = rows.map(({ dp: of, count }) => failures(count, { dp: of }));
      const results = rows.reduce((sum, { count }) => sum + count, 0);
      const stop = asked(all);
      if (results >= 10) expect(stop).toMatchObject({ dp: null });
    }),
  );
});
