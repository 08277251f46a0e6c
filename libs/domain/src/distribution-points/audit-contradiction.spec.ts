import {
  acceptContradictions,
  type AuditContradiction,
  noteContradiction,
  type NotedContradiction,
  openContradictions,
} from './audit-contradiction.js';

interface Dp {
  contradictions?: NotedContradiction[];
}

const HOUR_MS = 3_600_000;
const at = (hours: number): Date => new Date(Date.UTC(2026, 2, 2) + hours * HOUR_MS);
const said = (checkpoint: number): AuditContradiction => ({
  had: { checkpoint: 300, sequence: 3000 },
  has: { checkpoint, sequence: checkpoint * 10 },
  at: at(0).toISOString(),
});
const noted = (dp: Dp, checkpoint: number, hours: number): Dp =>
  noteContradiction(dp, said(checkpoint), at(hours)) ?? dp;

describe('what a DP has shown of a contradicted audit', () => {
  it('stays accepted when each machine of a pair says its own again', () => {
    let dp: Dp = noted(noted({}, 291, 1), 292, 2);
    dp = acceptContradictions(dp, at(2), at(3)) ?? dp;
    expect(openContradictions(dp)).toEqual([]);
    for (const checkpoint of [291, 292, 291])
      expect(noteContradiction(dp, said(checkpoint), at(4))).toBeNull();
    expect(openContradictions(noted(dp, 200, 5))).toMatchObject([{ has: { checkpoint: 200 } }]);
  });

  it('is accepted up to what somebody has looked at, and again without effect', () => {
    const one = noted({}, 291, 1);
    const two = noted(one, 200, 2);
    expect(acceptContradictions(two, at(1), at(3))).toBeUndefined();
    expect(acceptContradictions({}, at(1), at(3))).toBeUndefined();
    const accepted = acceptContradictions(two, at(2), at(3));
    expect(accepted).toMatchObject({ contradictions: [{ acceptedAt: at(3) }, { acceptedAt: at(3) }] });
    expect(acceptContradictions(accepted as Dp, at(2), at(4))).toBeNull();
  });

  it('is bounded: three that are open, six a day, twenty that are kept', () => {
    let dp: Dp = {};
    for (let n = 1; n <= 5; n += 1) dp = noted(dp, n, n);
    expect(openContradictions(dp)).toHaveLength(3);
    const accept = (hours: number): void => {
      dp = acceptContradictions(dp, dp.contradictions?.at(-1)?.heardAt ?? at(0), at(hours)) ?? dp;
    };
    for (let n = 6; n <= 20; n += 1) {
      accept(n);
      dp = noted(dp, n, n);
    }
    expect(dp.contradictions).toHaveLength(6);
    for (let n = 21; n < 60; n += 1) {
      accept(30 * n);
      dp = noted(dp, n, 30 * n);
    }
    expect(dp.contradictions).toHaveLength(20);
    expect(dp.contradictions?.at(-1)).toMatchObject({ has: { checkpoint: 59 } });
  });
});
