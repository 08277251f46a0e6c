import type { ComputerId, DpId } from '../base/ids.js';
import {
  hasRolloutEnded,
  type PauseCause,
  type Rollout,
  type RolloutWave,
  type StopEvidence,
} from './rollout.js';

/** Everything that can happen to a rollout. */
export type RolloutEvent =
  | { type: 'begin' }
  | ({ type: 'pause' } & Omit<PauseCause, 'at'>)
  | ({ type: 'abort' } & Omit<PauseCause, 'at'>)
  | { type: 'resume'; dps: 'all' | readonly DpId[] }
  | { type: 'stop-dp'; dp: DpId; evidence: StopEvidence }
  | { type: 'proven' }
  | { type: 'unproven' }
  /** `from`: the wave that whoever asks has seen as the present one, so that asking twice passes one on. */
  | { type: 'next-wave'; by: string | null; from?: number }
  | { type: 'grant'; computers: readonly ComputerId[] }
  | { type: 'granted' }
  | { type: 'shift'; startAt: Date | null }
  | { type: 'grow'; by: number }
  | { type: 'finish' }
  | { type: 'ended' };

export const ROLLOUT_EVENT_TYPES = [
  'begin',
  'pause',
  'abort',
  'resume',
  'stop-dp',
  'proven',
  'unproven',
  'next-wave',
  'grant',
  'granted',
  'shift',
  'grow',
  'finish',
  'ended',
] as const satisfies readonly RolloutEvent['type'][];

/** Null: the event changes nothing, because it is so already or is not possible now. */
export type RolloutOutcome = Rollout | null;

/**
 * The rollout machine: the one place that says what an event does to a rollout. Pure. Whoever calls it writes the outcome
 * where the rollout still has the revision that was read.
 */
export function rolloutTransition(rollout: Rollout, event: RolloutEvent, now: Date): RolloutOutcome {
  if (hasRolloutEnded(rollout.state)) return null;
  const isRunning = rollout.state === 'running';
  switch (event.type) {
    case 'begin':
      return rollout.state === 'scheduled' ? begun(rollout, now) : null;
    case 'pause': {
      if (!isRunning && rollout.state !== 'scheduled') return null;
      const { type: _, ...cause } = event;
      return { ...rollout, state: 'paused', cause: { ...cause, at: now } };
    }
    case 'abort': {
      if (rollout.state === 'aborting') return null;
      const { type: _, ...cause } = event;
      // what was granted and is not done yet waits, and is cancelled as the others
      return { ...rollout, state: 'aborting', grant: null, cause: { ...cause, at: now } };
    }
    case 'resume':
      return resumed(rollout, event.dps, now);
    case 'stop-dp': {
      if (!isRunning || rollout.stoppedDps.some(({ dp }) => dp === event.dp)) return null;
      const { dp, evidence } = event;
      return { ...rollout, stoppedDps: [...rollout.stoppedDps, { dp, at: now, evidence }] };
    }
    case 'proven':
      return isRunning
        ? withWave(rollout, (wave) => (wave.provenAt ? null : { ...wave, provenAt: now }))
        : null;
    case 'unproven':
      return isRunning
        ? withWave(rollout, (wave) => (wave.provenAt ? { ...wave, provenAt: null } : null))
        : null;
    case 'next-wave':
      return isRunning && (event.from ?? rollout.wave) === rollout.wave
        ? passedOn(rollout, event.by, now)
        : null;
    case 'grant':
      if (!isRunning || rollout.grant || event.computers.length === 0) return null;
      return { ...rollout, grant: { computers: event.computers, at: now } };
    case 'granted':
      return rollout.grant ? { ...rollout, grant: null } : null;
    case 'shift':
      return rollout.begunAt === null && rollout.state !== 'aborting'
        ? { ...rollout, startAt: event.startAt }
        : null;
    case 'grow':
      return rollout.state === 'aborting' || event.by <= 0 ? null : grown(rollout, event.by);
    case 'finish':
      return isRunning && !rollout.grant ? { ...rollout, state: 'finished', endedAt: now } : null;
    case 'ended':
      return rollout.state === 'aborting' ? { ...rollout, state: 'aborted', endedAt: now } : null;
  }
}

function begun(rollout: Rollout, now: Date): Rollout {
  const waves = rollout.waves.map((wave, index) => (index === 0 ? { ...wave, begunAt: now } : wave));
  return { ...rollout, state: 'running', begunAt: now, waves, wave: 0 };
}

/** Results that were there before are known: only what comes now stops it again. */
function resumed(rollout: Rollout, dps: 'all' | readonly DpId[], now: Date): RolloutOutcome {
  const stoppedDps = dps === 'all' ? [] : rollout.stoppedDps.filter(({ dp }) => !dps.includes(dp));
  const lifted = stoppedDps.length < rollout.stoppedDps.length;
  if (rollout.state === 'running') return lifted ? { ...rollout, stoppedDps, countedFrom: now } : null;
  if (rollout.state !== 'paused') return null;
  const state = rollout.begunAt === null ? 'scheduled' : 'running';
  return { ...rollout, state, cause: null, stoppedDps, countedFrom: now };
}

function withWave(rollout: Rollout, change: (wave: RolloutWave) => RolloutWave | null): RolloutOutcome {
  const wave = rollout.waves[rollout.wave];
  const changed = wave && change(wave);
  if (!changed) return null;
  return { ...rollout, waves: rollout.waves.map((one, index) => (index === rollout.wave ? changed : one)) };
}

function passedOn(rollout: Rollout, by: string | null, now: Date): RolloutOutcome {
  const next = rollout.wave + 1;
  if (next >= rollout.waves.length) return null;
  const waves = rollout.waves.map((wave, index) => {
    if (index === rollout.wave) return { ...wave, passedAt: now, passedBy: by };
    return index === next ? { ...wave, begunAt: now } : wave;
  });
  return { ...rollout, waves, wave: next };
}

function grown(rollout: Rollout, by: number): Rollout {
  const last = rollout.waves.length - 1;
  const waves = rollout.waves.map((wave, index) =>
    index === last ? { ...wave, size: wave.size + by } : wave,
  );
  return { ...rollout, waves, size: rollout.size + by };
}
