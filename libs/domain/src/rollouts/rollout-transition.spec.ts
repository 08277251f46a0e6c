import { NOW, dp, rollout, wave } from '../../testing/sample-rollouts.js';
import { faultsOfMoves } from '../base/state-machine.js';
import type { ComputerId } from '../base/ids.js';
import { ROLLOUT_EVENT_TYPES, rolloutTransition, type RolloutEvent } from './rollout-transition.js';
import { hasRolloutEnded, ROLLOUT_STATES, ROLLOUT_TRANSITIONS, type RolloutState } from './rollout.js';

const later = new Date(NOW.getTime() + 60_000);
const cause = { kind: 'person', by: 'ada', note: null, evidence: null } as const;
const evidence = { rule: 0, failures: 3, results: 10, code: 'INSTALLER_FAILED' } as const;

const EVENTS: Record<RolloutEvent['type'], RolloutEvent> = {
  begin: { type: 'begin' },
  pause: { type: 'pause', ...cause },
  abort: { type: 'abort', ...cause },
  resume: { type: 'resume', dps: 'all' },
  'stop-dp': { type: 'stop-dp', dp: dp('north'), evidence },
  proven: { type: 'proven' },
  unproven: { type: 'unproven' },
  'next-wave': { type: 'next-wave', by: 'ada' },
  grant: { type: 'grant', computers: ['c1' as ComputerId] },
  granted: { type: 'granted' },
  shift: { type: 'shift', startAt: later },
  grow: { type: 'grow', by: 5 },
  finish: { type: 'finish' },
  ended: { type: 'ended' },
};

/** What each event makes of each state; what is missing changes nothing. `same`: the state stays, something else changes. */
const TABLE: Record<RolloutState, Partial<Record<RolloutEvent['type'], RolloutState | 'same'>>> = {
  scheduled: { begin: 'running', pause: 'paused', abort: 'aborting', shift: 'same', grow: 'same' },
  running: {
    pause: 'paused',
    abort: 'aborting',
    'stop-dp': 'same',
    proven: 'same',
    'next-wave': 'same',
    grant: 'same',
    grow: 'same',
    finish: 'finished',
  },
  paused: { abort: 'aborting', resume: 'running', grow: 'same' },
  aborting: { ended: 'aborted' },
  aborted: {},
  finished: {},
};

function inState(state: RolloutState) {
  if (state === 'scheduled') return rollout({ state, begunAt: null, waves: [wave(10), wave(90)] });
  return rollout({ state, ...(hasRolloutEnded(state) && { endedAt: NOW }) });
}

it('has no state that cannot be reached, and none that never ends', () => {
  expect(faultsOfMoves(ROLLOUT_TRANSITIONS, 'scheduled')).toEqual([]);
});

describe.each(ROLLOUT_STATES)('a rollout that is %s', (state) => {
  it.each(ROLLOUT_EVENT_TYPES)('meets %s', (type) => {
    const before = inState(state);
    const after = rolloutTransition(before, EVENTS[type], later);
    const wanted = TABLE[state][type];
    if (!wanted) return expect(after).toBeNull();
    expect(after?.state).toBe(wanted === 'same' ? state : wanted);
    expect(after).not.toEqual(before);
    if (after && after.state !== state)
      expect(ROLLOUT_TRANSITIONS[state] as readonly RolloutState[]).toContain(after.state);
  });
});

it('goes on with what was granted when it is resumed, and starts nothing else before that is done', () => {
  const granted = rolloutTransition(rollout(), EVENTS.grant, later);
  const paused = granted && rolloutTransition(granted, EVENTS.pause, later);
  const resumed = paused && rolloutTransition(paused, EVENTS.resume, later);
  expect(resumed).toMatchObject({ state: 'running', cause: null, countedFrom: later, grant: { at: later } });
  expect(resumed && rolloutTransition(resumed, EVENTS.grant, later)).toBeNull();
  expect(resumed && rolloutTransition(resumed, EVENTS.finish, later)).toBeNull();
  expect(resumed && rolloutTransition(resumed, EVENTS.granted, later)).toMatchObject({ grant: null });
});

it('forgets what was granted when it is aborted', () => {
  const granted = rollout({ grant: { computers: ['c1' as ComputerId], at: NOW } });
  expect(rolloutTransition(granted, EVENTS.abort, later)).toMatchObject({ state: 'aborting', grant: null });
});

it('that was paused before it began waits for its time again', () => {
  const paused = rolloutTransition(inState('scheduled'), EVENTS.pause, later);
  expect(paused && rolloutTransition(paused, EVENTS.resume, later)).toMatchObject({ state: 'scheduled' });
});

it('goes on at one DP that was stopped, and stays stopped at the other', () => {
  const one = rolloutTransition(rollout(), EVENTS['stop-dp'], later);
  const both = one && rolloutTransition(one, { type: 'stop-dp', dp: dp('south'), evidence }, later);
  expect(both && rolloutTransition(both, EVENTS['stop-dp'], later)).toBeNull();
  const resumed = both && rolloutTransition(both, { type: 'resume', dps: [dp('north')] }, later);
  expect(resumed?.stoppedDps.map(({ dp: at }) => at)).toEqual(['south']);
  expect(resumed).toMatchObject({ state: 'running', countedFrom: later });
});

it('passes a wave on, and no further than to the last one', () => {
  const second = rolloutTransition(rollout(), { type: 'next-wave', by: null }, later);
  expect(second).toMatchObject({ wave: 1, waves: [{ passedAt: later, passedBy: null }, { begunAt: later }] });
  expect(second && rolloutTransition(second, { type: 'next-wave', by: 'ada' }, later)).toBeNull();
});

it('passes on the wave that was seen, and not the one that has begun since', () => {
  const three = rollout({ waves: [wave(10, { begunAt: NOW }), wave(20), wave(70)] });
  const asked = { type: 'next-wave', by: 'ada', from: 0 } as const;
  const second = rolloutTransition(three, asked, later);
  expect(second).toMatchObject({ wave: 1 });
  expect(second && rolloutTransition(second, asked, later)).toBeNull();
  expect(second && rolloutTransition(second, { ...asked, from: 2 }, later)).toBeNull();
  expect(second && rolloutTransition(second, { ...asked, from: 1 }, later)).toMatchObject({ wave: 2 });
});
