import type { DpId, RolloutId, TenantId } from '../src/base/ids.js';
import type { TallyRow } from '../src/rollouts/rollout-tally.js';
import { DEFAULT_STOPS, type Rollout, type RolloutWave } from '../src/rollouts/rollout.js';

export const NOW = new Date('2026-03-02T08:00:00Z');

export const dp = (name: string): DpId => name as DpId;

export function wave(size: number, fields: Partial<RolloutWave> = {}): RolloutWave {
  return { size, gate: 'auto', begunAt: null, provenAt: null, passedAt: null, passedBy: null, ...fields };
}

/** A rollout whose first wave of ten of a hundred runs. */
export function rollout(fields: Partial<Rollout> = {}): Rollout {
  return {
    id: 'r1' as RolloutId,
    tenant: 't1' as TenantId,
    name: 'Client 2.0',
    release: null,
    growing: null,
    size: 100,
    waves: [wave(10, { begunAt: NOW }), wave(90)],
    wave: 0,
    proof: { share: 90, state: 'registered', settle: 300 },
    pace: { perMinute: null, perDpMinute: null, increase: null },
    stops: DEFAULT_STOPS,
    silentAfter: 1800,
    startAt: null,
    windows: [],
    deadline: null,
    priority: 0,
    state: 'running',
    cause: null,
    stoppedDps: [],
    countedFrom: null,
    grant: null,
    requestedBy: 'admin',
    note: null,
    retryOf: null,
    createdAt: NOW,
    begunAt: NOW,
    endedAt: null,
    revision: 0,
    ...fields,
  };
}

/** Members that are alike. */
export function row(state: TallyRow['state'], count: number, fields: Partial<TallyRow> = {}): TallyRow {
  return { wave: 0, dp: dp('north'), state, code: null, phase: null, fresh: true, count, ...fields };
}

export function failures(count: number, fields: Partial<TallyRow> = {}): TallyRow {
  return row('failed', count, { code: 'INSTALLER_FAILED', phase: 'install', ...fields });
}
