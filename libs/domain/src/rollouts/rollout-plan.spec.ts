import fc from 'fast-check';
import { dp, row } from '../../testing/sample-rollouts.js';
import type { ComputerId } from '../base/ids.js';
import { allowance, pickStarts } from './rollout-pace.js';
import { planWaves, type Candidate } from './rollout-plan.js';
import type { WaveInput } from './rollout.js';

const candidate = (computer: string, at: string): Candidate => ({
  computer: computer as ComputerId,
  dp: dp(at),
});
const size = (fields: Partial<WaveInput['size']>): WaveInput => ({
  size: { count: null, percent: null, dps: null, computers: null, ...fields },
  gate: 'auto',
});
const hundred = Array.from({ length: 100 }, (_, index) =>
  candidate(`c${index}`, index < 90 ? 'big' : 'small'),
);

it('takes of every DP about as many into a small wave', () => {
  const { waves, members } = planWaves(hundred, [size({ count: 4 }), size({ percent: 10 })]);
  expect(waves.map((one) => one.size)).toEqual([4, 10, 86]);
  const first = members.filter((one) => one.wave === 0).map(({ candidate: { dp: at } }) => at);
  expect(first.toSorted()).toEqual(['big', 'big', 'small', 'small']);
});

it('takes DPs and named computers, and leaves out waves that get nobody', () => {
  const named = ['c95', 'c3', 'nobody'] as ComputerId[];
  const { waves, members } = planWaves(hundred, [
    size({ computers: named }),
    size({ dps: [dp('small')] }),
    size({ dps: [dp('elsewhere')] }),
  ]);
  expect(waves.map((one) => one.size)).toEqual([2, 9, 89]);
  expect(
    members
      .filter((one) => one.wave === 0)
      .map((one) => one.candidate.computer)
      .toSorted(),
  ).toEqual(['c3', 'c95']);
});

it('puts everybody into one wave, once', () => {
  const candidates = fc.uniqueArray(fc.nat(200), { maxLength: 60 });
  const inputs = fc.array(
    fc.oneof(
      fc.record({ count: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ percent: fc.integer({ min: 1, max: 100 }) }),
      fc.constant({ dps: [dp('d1')] }),
    ),
    { maxLength: 4 },
  );
  fc.assert(
    fc.property(candidates, inputs, (ids, sizes) => {
      const all = ids.map((id) => candidate(`c${id}`, `d${id % 3}`));
      const { waves, members } = planWaves(all, sizes.map(size));
      expect(members.map((one) => one.candidate.computer).toSorted()).toEqual(
        all.map((one) => one.computer).toSorted(),
      );
      for (const [index, { size: wanted }] of waves.entries())
        expect(members.filter((one) => one.wave === index)).toHaveLength(wanted);
      expect(new Set(members.map((one) => one.position)).size).toBe(all.length);
    }),
  );
});

describe('the pace', () => {
  const pace = { perMinute: 20, perDpMinute: 5, increase: { factor: 2, every: 10 } };

  it('leaves what was not started within the last minute', () => {
    const started = new Map([
      [dp('big'), 5],
      [dp('small'), 2],
    ]);
    const may = allowance(pace, { rows: [], started });
    expect(may.total).toBe(13);
    const picked = pickStarts([...hundred, candidate('x', 'third')], may);
    expect(picked.map((one) => one.dp)).toEqual(['small', 'small', 'small', 'third']);
  });

  it('grows with every so many that registered', () => {
    const rows = [row('registered', 15), row('ready', 5), row('installed', 30)];
    expect(allowance(pace, { rows, started: new Map() })).toMatchObject({ total: 80, ofAnyDp: 20 });
    expect(allowance({ ...pace, perMinute: null }, { rows, started: new Map() }).total).toBe(500);
  });

  it('never starts more than it says, in all and at one DP', () => {
    const dps = fc.constantFrom('a', 'b', 'c');
    fc.assert(
      fc.property(fc.array(dps, { maxLength: 80 }), fc.array(dps, { maxLength: 30 }), (waiting, before) => {
        const started = new Map<ReturnType<typeof dp>, number>();
        for (const of of before) started.set(dp(of), (started.get(dp(of)) ?? 0) + 1);
        const limits = { perMinute: 20, perDpMinute: 5, increase: null };
        const may = allowance(limits, { rows: [], started });
        const picked = pickStarts(
          waiting.map((at, index) => candidate(String(index), at)),
          may,
        );
        expect(picked.length).toBeLessThanOrEqual(Math.max(0, 20 - before.length));
        for (const at of ['a', 'b', 'c']) {
          const all = picked.filter((one) => one.dp === at).length;
          expect(all).toBeLessThanOrEqual(Math.max(0, 5 - (started.get(dp(at)) ?? 0)));
        }
      }),
    );
  });
});
