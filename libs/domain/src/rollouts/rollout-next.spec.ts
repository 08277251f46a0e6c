import { NOW, dp, failures, rollout, row, wave } from '../../testing/sample-rollouts.js';
import type { ComputerId } from '../base/ids.js';
import { nextStep } from './rollout-next.js';
import type { TallyRow } from './rollout-tally.js';
import type { Rollout } from './rollout.js';

const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const step = (rows: readonly TallyRow[], fields: Partial<Rollout> = {}, now = NOW) =>
  nextStep(rollout(fields), { rows, started: new Map() }, now);
const event = (rows: readonly TallyRow[], fields: Partial<Rollout> = {}, now = NOW) => {
  const next = step(rows, fields, now);
  return next && 'event' in next ? next.event : null;
};
const rest = row('waiting', 90, { wave: 1 });
const proven = [wave(10, { begunAt: NOW, provenAt: NOW }), wave(90)];
const lastWave = { wave: 1, waves: [wave(10), wave(90)] };

describe('a wave', () => {
  it('is started from, and the next one is not', () => {
    expect(step([row('waiting', 10), rest])).toMatchObject({ start: { total: 500 }, wave: 0, notAt: [] });
    expect(step([row('started', 10), rest])).toBeNull();
  });

  it('begins when the one before has proved itself and stayed so', () => {
    expect(event([row('registered', 9), row('started', 1), rest])).toEqual({ type: 'proven' });
    expect(event([row('ready', 9), row('started', 1), rest], { waves: proven }, at(299))).toBeNull();
    expect(event([row('ready', 9), row('started', 1), rest], { waves: proven }, at(300))).toEqual({
      type: 'next-wave',
      by: null,
    });
    expect(event([row('ready', 8), row('started', 2), rest], { waves: proven }, at(300))).toEqual({
      type: 'unproven',
    });
  });

  it('waits for a person where that was asked for', () => {
    const waves = [wave(10, { begunAt: NOW, provenAt: NOW, gate: 'person' }), wave(90)];
    expect(event([row('ready', 10), rest], { waves }, at(9000))).toBeNull();
  });

  it('waits until its computers are ready where that was asked for', () => {
    const proof = { share: 90, state: 'ready', settle: 0 } as const;
    expect(event([row('registered', 10), rest], { proof })).toBeNull();
    expect(event([row('ready', 9), row('registered', 1), rest], { proof })).toEqual({ type: 'proven' });
  });

  it('does not wait for computers that are off, and proves nothing when all are', () => {
    expect(event([row('ready', 2), row('away', 8), rest])).toEqual({ type: 'proven' });
    expect(event([row('away', 10), rest])).toBeNull();
    expect(event([row('skipped', 10), rest])).toEqual({ type: 'proven' });
  });

  it('that can prove nothing any more pauses the rollout', () => {
    const stops: Rollout['stops'] = [];
    const rows = [row('ready', 7), failures(3), rest];
    expect(event(rows, { stops })).toMatchObject({ type: 'pause', kind: 'not-proven' });
    expect(event([row('ready', 5), failures(3), row('away', 2), rest], { stops })).toMatchObject({
      type: 'pause',
    });
    expect(event([row('ready', 7), failures(2), row('installed', 1), rest], { stops })).toBeNull();
    // who was off until the order expired does not come back in this rollout
    const expired = (count: number) => row('failed', count, { code: 'HOST_UNREACHABLE' });
    expect(event([expired(1), rest], { stops })).toMatchObject({ type: 'pause', kind: 'not-proven' });
    expect(event([row('ready', 8), failures(1), expired(1), rest], { stops })).toMatchObject({
      type: 'pause',
      kind: 'not-proven',
    });
  });
});

describe('a rollout', () => {
  const waiting = [row('waiting', 10), rest];

  it('begins at its time, within its windows', () => {
    const scheduled = { state: 'scheduled', begunAt: null } as const;
    const windows = [{ days: ['mon'], from: '20:00', to: '22:00', timeZone: 'UTC' }] as const;
    expect(event(waiting, { ...scheduled, startAt: at(10) })).toBeNull();
    expect(event(waiting, { ...scheduled, startAt: at(10) }, at(10))).toEqual({ type: 'begin' });
    expect(event(waiting, { ...scheduled, windows })).toBeNull();
    expect(step(waiting, { windows })).toBeNull();
    expect(step(waiting, { windows }, at(12 * 3600))).toMatchObject({ start: {} });
  });

  it('starts nothing while it is paused, or something is granted', () => {
    expect(step(waiting, { state: 'paused' })).toBeNull();
    expect(step(waiting, { grant: { computers: ['c' as ComputerId], at: NOW } })).toBeNull();
  });

  it('stops before it starts anybody', () => {
    const rows = [row('waiting', 10), row('ready', 7), failures(3)];
    expect(event(rows)).toMatchObject({
      type: 'pause',
      kind: 'stop',
      evidence: { failures: 3, results: 10 },
    });
    const of = rollout().stops.map((one) => ({ ...one, action: 'abort' as const }));
    expect(event(rows, { stops: of })).toMatchObject({ type: 'abort', kind: 'stop' });
  });

  it('goes on elsewhere when one DP is stopped', () => {
    const south = dp('south');
    const rows = [row('ready', 20), failures(5, { dp: south }), row('waiting', 5, { dp: south })];
    const stopped = event(rows);
    expect(stopped).toMatchObject({ type: 'stop-dp', dp: south });
    if (stopped?.type !== 'stop-dp') throw new Error('not stopped');
    const stoppedDps = [{ ...stopped, at: NOW }];
    expect(event(rows, { stoppedDps })).toEqual({ type: 'proven' });
    expect(step([...rows, row('waiting', 3)], { stoppedDps })).toMatchObject({ notAt: [south] });
    expect(
      event(
        rows.map((one) => ({ ...one, wave: 1 })),
        { stoppedDps, ...lastWave },
      ),
    ).toMatchObject({
      type: 'pause',
      kind: 'dps-stopped',
    });
  });

  it('is finished when nobody waits and nothing is under way', () => {
    const done = [row('ready', 10), row('registered', 85, { wave: 1 }), failures(5, { wave: 1 })];
    expect(event(done, lastWave)).toEqual({ type: 'finish' });
    expect(event([...done, row('away', 1, { wave: 1 })], lastWave)).toBeNull();
    expect(event(done, { ...lastWave, growing: {} })).toBeNull();
  });

  it('is aborted at its deadline, and has ended when nothing is under way', () => {
    expect(event(waiting, { deadline: NOW })).toMatchObject({ type: 'abort', kind: 'deadline' });
    expect(event(waiting, { deadline: NOW, state: 'paused' })).toMatchObject({ type: 'abort' });
    expect(event([row('started', 1)], { state: 'aborting' })).toBeNull();
    expect(event([row('skipped', 9), row('ready', 1)], { state: 'aborting' })).toEqual({ type: 'ended' });
    expect(event([], { state: 'finished', deadline: NOW })).toBeNull();
  });
});
