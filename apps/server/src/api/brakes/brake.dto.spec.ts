import type { Brake, BrakeEvidence } from '#domain';
import { brakeReason } from './brake.dto.js';

const failed = (order: string): BrakeEvidence => ({
  tenant: 't1' as never,
  order: order as never,
  dp: 'site-1' as never,
  code: 'AUTH_FAILED',
  at: new Date(),
});

const brake = (evidence: readonly BrakeEvidence[]): Brake => ({
  id: 'b-1' as never,
  tenant: null,
  scope: { account: 'a' as never, release: null, dp: null },
  cause: 'AUTH_FAILED',
  reason: 'AUTH_FAILED',
  evidence,
  openedBy: 'server',
  openedAt: new Date(),
  lifted: null,
  revision: 0,
});

describe('why a brake stands', () => {
  it('says how many orders failed, however often each did', () => {
    const reason = brakeReason(brake([failed('o1'), failed('o1'), failed('o2')]), 'all', 'en');
    expect(reason).toBe(brakeReason(brake([failed('o1'), failed('o2')]), 'all', 'en'));
    expect(reason).toContain('2');
    expect(reason).not.toContain('3');
  });
});
