/// <reference types="jest" />
/// <reference lib="es2023" />
import type { Schema } from '../../api.js';
import { attemptsOf } from './attempt-history.js';

type Event = Schema['TimelineEventDto'];
let made = 0;

function event(kind: Event['kind'], more: Partial<Event> = {}): Event {
  made += 1;
  const at = new Date(Date.UTC(2026, 0, 1, 8, 0, made)).toISOString();
  const base = {
    id: String(made),
    at,
    source: 'dp',
    from: null,
    to: null,
    order: 'o1',
    dp: 'north',
  } as const;
  return { ...base, kind, data: {}, text: '', ...more };
}

const failure = { code: 'INSTALLER_FAILED', text: 'It ended with an error', hint: 'Read the output' };
const native = { system: 'installer', code: '3', text: 'exit code 3' };

describe('the attempts of an order', () => {
  const events = [
    event('released'),
    event('order-queued'),
    event('order-leased'),
    event('order-accepted', { data: { fence: 1 } }),
    event('order-retry', {
      data: { fence: 1, log: 'first\n', failure: { native } },
      accounts: [{ account: 'a1', result: 'OK', text: 'accepted' }],
      failure,
    }),
    event('order-leased'),
    event('order-progress', { data: { fence: 2 } }),
    event('order-succeeded', { source: 'client' }),
    event('report-ignored', { data: { fence: 2, log: 'second\n' } }),
    event('order-leased', { order: 'another' }),
  ].toReversed();

  it('are told apart by the hand-overs, each with its own output, accounts and failure', () => {
    const [first, second, ...others] = attemptsOf(events, 'o1');
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      number: 1,
      dp: 'north',
      ending: 'order-retry',
      log: 'first\n',
      failure,
      native,
    });
    expect(first?.accounts).toHaveLength(1);
    expect(second).toMatchObject({ number: 2, ending: 'order-succeeded', failure: null, accounts: [] });
  });

  it('get the output of a report that came after their end', () => {
    expect(attemptsOf(events, 'o1')[1]).toMatchObject({ log: 'second\n', ending: 'order-succeeded' });
  });

  it('go on as long as nothing ended them, and are none before a DP has fetched the order', () => {
    expect(attemptsOf(events.slice(-4), 'o1')).toMatchObject([{ until: null, ending: null }]);
    expect(attemptsOf(events.slice(-2), 'o1')).toEqual([]);
  });
});
